import { defineConfig } from "vite";
import { contentSecurityPolicy } from "./vite/content-security-policy.ts";
import { serviceWorkerFiles } from "./vite/service-worker-files.ts";

/** With these a page is cross-origin isolated: without, it has no memory that threads could share. */
const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Many hosts do not know .mjs, and send it as something that no browser runs. */
const assetFileNames = ({ names }: { names: readonly string[] }) =>
  names[0]?.endsWith(".mjs") ? "assets/[name]-[hash].js" : "assets/[name]-[hash][extname]";

export default defineConfig({
  // Relative, so that the built folder works wherever it is put.
  base: "./",
  plugins: [contentSecurityPolicy(), serviceWorkerFiles()],
  worker: { format: "es", rolldownOptions: { output: { assetFileNames } } },
  server: { headers, fs: { allow: ["../.."] } },
  preview: { headers },
  build: {
    target: "es2023",
    // Files become no data: addresses, which the page's policy would not let it fetch.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: { index: "index.html", "service-worker": "src/service-worker.ts" },
      output: {
        assetFileNames,
        // A service worker must keep its name.
        entryFileNames: ({ name }) => (name === "service-worker" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
