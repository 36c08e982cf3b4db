import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { Plugin } from "vite";

/** Files that are loaded on demand: the engines, the model weights, the reviews, and the other tokenizer of the comparison. */
const ON_DEMAND = /\.(safetensors|tsv)$|^assets\/(ort[-.]|tokenizers-)/;

/** Replaces `__SHELL__` in the service worker with the files of the page, and `__VERSION__` with a hash of these files. */
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
