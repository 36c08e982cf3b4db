import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

/** Maximum size of what a page loads first, with the WebAssembly module, gzipped, in bytes. */
const MAX_PAGE_BYTES = 76_000;

it("the entry point for pages is small, and contains neither the module nor other imports", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL("./page.ts", import.meta.url))],
    bundle: true,
    splitting: true,
    outdir: "dist",
    minify: true,
    format: "esm",
    conditions: ["bertie-source"],
    external: ["*/wasm/default.js", "*.node.ts"],
    write: false,
    metafile: true,
  });
  const initial = (path: string): string[] => [
    path,
    ...metafile.outputs[path]!.imports.filter(({ kind }) => kind === "import-statement").flatMap((of) =>
      initial(of.path),
    ),
  ];
  const names = new Set(initial(Object.keys(metafile.outputs).find((path) => path.endsWith("/page.js"))!));
  const files = outputFiles.filter(({ path }) => [...names].some((name) => path.endsWith(`/${name}`)));
  expect(files.length).toBe(names.size);
  for (const { text } of files) expect(text).not.toMatch(/\bfrom\s*"[^.]/);
  const wasm = readFileSync(new URL("../wasm/tokenizer.wasm", import.meta.url));
  const parts = [...files.map(({ contents }) => contents), wasm];
  const bytes = parts.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
  expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
});
