import { defineConfig } from "vite";
import { compressedPreview } from "./vite/compressed-preview.ts";
import { contentSecurityPolicy } from "./vite/content-security-policy.ts";
import { fileSizes } from "./vite/file-sizes.ts";
import { serviceWorkerFiles } from "./vite/service-worker-files.ts";

/** Headers for cross-origin isolation, without which threads cannot share memory. */
const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Renames .mjs files to .js, because many hosts send .mjs with a content type that browsers do not run. */
const assetFileNames = ({ names }: { names: readonly string[] }) =>
  names[0]?.endsWith(".mjs") ? "assets/[name]-[hash].js" : "assets/[name]-[hash][extname]";

export default defineConfig({
  // Relative URLs, so that the built folder works at any path.
  base: "./",
  plugins: [fileSizes(), contentSecurityPolicy(), serviceWorkerFiles(), compressedPreview()],
  worker: { format: "es", plugins: () => [fileSizes()], rolldownOptions: { output: { assetFileNames } } },
  server: { headers, fs: { allow: ["../.."] } },
  preview: { headers },
  build: {
    target: "es2023",
    // No data: URLs, because the content security policy of the page does not allow fetching them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: { index: "index.html", "service-worker": "src/service-worker.ts" },
      output: {
        assetFileNames,
        // The name of a service worker must not change between versions.
        entryFileNames: ({ name }) => (name === "service-worker" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
