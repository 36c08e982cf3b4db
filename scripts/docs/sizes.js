// Measures the sizes of the packages, and writes docs/performance/size.md and size.svg:
//   node scripts/docs/sizes.js
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { arch, cpus, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { escapeXml, STYLE } from "../../bench/chart-style.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const runtimes = ["onnxruntime-node", "onnxruntime-web", "onnxruntime-common"];

const size = (bytes) =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;

function table(head, rows) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");
}

/** Packs the published packages: name, bytes of the tarball, bytes of its files, and number of files. */
function packPackages() {
  const folder = mkdtempSync(join(tmpdir(), "bertie-sizes-"));
  const args = ["pack", "--workspaces", "--json", "--loglevel=error", "--pack-destination", folder];
  const list = execFileSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  rmSync(folder, { recursive: true });
  return JSON.parse(list).filter(({ name }) => name !== "@bertie/web-demo");
}

/** Bundles code for browsers, without ONNX Runtime: bytes minified and gzipped, of all files and of those loaded initially. */
async function bundle(code) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    external: runtimes.flatMap((name) => [name, `${name}/*`]),
    outdir: root,
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  const outputs = Object.entries(metafile.outputs);
  const first = new Set();
  const follow = (path) => {
    if (first.has(path)) return;
    first.add(path);
    for (const { path: next, kind, external } of metafile.outputs[path].imports)
      if (kind === "import-statement" && !external) follow(next);
  };
  follow(outputs.find(([, { entryPoint }]) => entryPoint === "<stdin>")[0]);
  const sum = (files) => ({
    minified: files.reduce((total, { contents }) => total + contents.length, 0),
    gzipped: files.reduce((total, { contents }) => total + gzipSync(contents, { level: 9 }).length, 0),
  });
  return {
    all: sum(outputFiles),
    first: sum(outputFiles.filter(({ path }) => first.has(relative(process.cwd(), path)))),
  };
}

function drawChart(bars) {
  const [width, labels, longest, row, top] = [760, 330, 330, 26, 40];
  const most = Math.max(...bars.map(({ bytes }) => bytes));
  const height = top + bars.length * row + 34;
  const lines = bars.map(({ label, bytes }, i) => {
    const [y, length] = [top + i * row, (bytes / most) * longest];
    return `<text x="${labels - 10}" y="${y + 14}" text-anchor="end">${escapeXml(label)}</text>
<rect class="ours" x="${labels}" y="${y}" width="${length.toFixed(1)}" height="${row - 8}" rx="2"/>
<text class="value" x="${(labels + length + 8).toFixed(1)}" y="${y + 14}">${size(bytes)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Sizes of bundles for browsers">
<style>
${STYLE}
</style>
<text class="title" x="16" y="24">Bundles for browsers</text>
${lines.join("\n")}
<text class="note" x="16" y="${height - 12}">minified and gzipped, without ONNX Runtime; shorter is better</text>
</svg>
`;
}

// A build from scratch: files that an old build left in dist would be packed.
for (const name of readdirSync(`${root}packages`))
  rmSync(`${root}packages/${name}/dist`, { recursive: true, force: true });
const env = { ...process.env, TURBO_FORCE: "true" };
execFileSync(process.execPath, ["scripts/build.js", "--quiet"], { cwd: root, stdio: "inherit", env });
const wasm = readFileSync(`${root}packages/tokenizer-wasm/wasm/tokenizer.wasm`);
const smallWasm = readFileSync(`${root}packages/tokenizer-wasm/wasm/tokenizer-small.wasm`);
const packed = packPackages();
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
const pageCode = [...new Set(partsOfPage("page.js"))].reduce((sum, file) => sum + gzipped(file), 0);
const tokenizer = await bundle('export { BertTokenizer } from "bertie";');
const classifier = await bundle('export { TextClassifier } from "bertie";');
const installed = (path) => statSync(`${root}node_modules/${path}`).size;
const ortVersion = JSON.parse(readFileSync(`${root}node_modules/onnxruntime-web/package.json`, "utf8")).version;

/** Returns a file of the entry point for pages, and the files that it imports statically. */
function partsOfPage(name) {
  const text = readFileSync(`${root}packages/tokenizer-wasm/dist/${name}`, "utf8");
  const imported = [...text.matchAll(/\bfrom"\.\/(page-[^"]+)"/g)].flatMap(([, part]) => partsOfPage(part));
  return [text, ...imported];
}

const page = `<!-- Written by \`node scripts/docs/sizes.js\`; do not edit by hand. -->

# Size

![Sizes of bundles for browsers](size.svg)

Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node} on ${cpus()[0].model.trim()} (${process.platform}, ${arch()}).
\`node scripts/docs/sizes.js\` repeats the measurement. 1 kB is 1,000 bytes.

## Packages

Each package as published: the tarball that npm downloads, and its files after unpacking. A package contains its TypeScript
sources, the compiled JavaScript, declarations and source maps.

${table(
  ["Package", "Tarball", "Unpacked", "Files"],
  packed.map(({ name, size: bytes, unpackedSize, entryCount }) => [
    `\`${name}\``,
    size(bytes),
    size(unpackedSize),
    entryCount,
  ]),
)}

The tokenizer compiled from Rust, \`tokenizer.wasm\`, is ${size(wasm.length)}, or ${size(gzipped(wasm))} gzipped.
\`tokenizer-small.wasm\`, which pages load, is ${size(smallWasm.length)}, or ${size(gzipped(smallWasm))} gzipped.

## Bundles for browsers

Bundles made with esbuild, minified, without ONNX Runtime. *Initial* is the code that the import statement loads. *Total*
includes the code that is loaded on demand, such as the WebAssembly of the tokenizer, in base64.

${table(
  ["Import", "Initial", "Initial, gzipped", "Total", "Total, gzipped"],
  [
    ["`BertTokenizer`", tokenizer],
    ["`TextClassifier`", classifier],
  ].map(([name, { all, first }]) => [
    name,
    size(first.minified),
    size(first.gzipped),
    size(all.minified),
    size(all.gzipped),
  ]),
)}

Pages that import \`@bertie/tokenizer-wasm/page\` load the code, ${size(pageCode)} gzipped, and
\`tokenizer-small.wasm\`, ${size(gzipped(smallWasm))} gzipped: ${size(pageCode + gzipped(smallWasm))} together. The code for \`tokenizer.json\` files and streams is loaded when it
is used.

## ONNX Runtime

The figures above exclude ONNX Runtime ${ortVersion}. \`TextClassifier\` loads one of these files; \`BertTokenizer\` loads none.

${table(
  ["File", "Size", "Gzipped", "Used for"],
  [
    ["onnxruntime-web/dist/ort-wasm-simd-threaded.wasm", "CPU, in browsers"],
    ["onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm", "WebGPU, in browsers"],
    ["onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1", "Node and Deno on Linux (x64)"],
  ].map(([path, use]) => {
    const gzipped = gzipSync(readFileSync(`${root}node_modules/${path}`)).length;
    return [`\`${path}\``, size(installed(path)), size(gzipped), use];
  }),
).replace("---: |\n", "--- |\n")}
`;
mkdirSync(`${root}docs/performance`, { recursive: true });
writeFileSync(`${root}docs/performance/size.md`, page);
writeFileSync(
  `${root}docs/performance/size.svg`,
  drawChart([
    { label: "BertTokenizer, entry point for pages", bytes: pageCode + gzipped(smallWasm) },
    { label: "BertTokenizer, total", bytes: tokenizer.all.gzipped },
    { label: "TextClassifier, initial", bytes: classifier.first.gzipped },
    { label: "TextClassifier, total", bytes: classifier.all.gzipped },
  ]),
);
console.log("wrote docs/performance/size.md and docs/performance/size.svg");
