import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { Plugin } from "vite";

/** These come when they are asked for: the engines, the model's weights, and what only a comparison needs. */
const ON_DEMAND = /\.(wasm|safetensors)$|^assets\/(ort[-.]|tokenizers-)/;

/**
 * Tells the service worker which files the page is made of: puts them in the place of `__SHELL__`, and in that of
 * `__VERSION__` a name that changes with any of them.
 */
export function serviceWorkerFiles(): Plugin {
  let publicDir = "";
  return {
    name: "service-worker-files",
    apply: "build",
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = bundle["service-worker.js"];
        if (worker?.type !== "chunk") throw new Error("the bundle has no service worker");
        const files = Object.values(bundle).filter(({ fileName }) => fileName !== worker.fileName);
        const names = [...files.map(({ fileName }) => fileName), ...readdirSync(publicDir)];
        const shell = names.filter((name) => !ON_DEMAND.test(name));
        const hash = createHash("sha256");
        for (const file of files) hash.update(file.fileName).update(file.type === "chunk" ? file.code : file.source);
        worker.code = worker.code
          .replace("__SHELL__", JSON.stringify(shell.map((name) => (name === "index.html" ? "./" : name)).sort()))
          .replace("__VERSION__", JSON.stringify(hash.digest("hex").slice(0, 16)));
      },
    },
  };
}
