import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

/** Maximum size of the entry point for pages and of the WebAssembly module together, gzipped, in bytes. */
const MAX_PAGE_BYTES = 84_000;

it("the entry point for pages is small, and contains neither the module nor other imports", async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./page.ts", import.meta.url))],
    bundle: true,
    minify: true,
    format: "esm",
    conditions: ["bertie-source"],
    external: ["*/wasm/default.js", "*.node.ts"],
    write: false,
  });
  const { contents, text } = outputFiles[0]!;
  expect(text).not.toMatch(/^import\b|\bfrom\s*"/m);
  const wasm = readFileSync(new URL("../wasm/tokenizer.wasm", import.meta.url));
  const bytes = [contents, wasm].reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
  expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
});
