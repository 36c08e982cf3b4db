// Runtimes without a page: Node, Deno, Bun, workerd, the runtime of Vercel's edge functions, and Jest.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { PACKAGE, root, run, tools, writeFile } from "./cells.js";

const nodes = { "Node 20": "node-20", "Node 26": "node-26" };
const deno = join(root, "node_modules/.bin/deno");
export const newestNode = join(tools, "node-26/bin/node");

/** Returns the cells for programs in the folder `programs` of an npm project. */
export function runtimeCells({ user, programs }) {
  const program = join(programs, "program.js");
  return [
    ...Object.entries(nodes).flatMap(([name, folder]) => {
      const node = join(tools, folder, "bin/node");
      return [
        { name, run: () => run(node, [program]) },
        { name: `${name}, require()`, run: () => run(node, [requiring(programs)]) },
      ];
    }),
    { name: "Deno", run: () => run(deno, ["run", "--allow-read", program], { cwd: user }) },
    { name: "Deno, import map", run: () => denoImportMap({ user, programs }) },
    { name: "Bun", run: () => run(join(tools, "@oven/bun-linux-x64/bin/bun"), [program], { cwd: user }) },
    { name: "workerd (miniflare)", run: () => workerd({ user, programs }) },
    { name: "edge-runtime (edge-light)", run: () => edgeLight({ user, programs }) },
    { name: "Jest, require()", run: () => jest({ user }) },
  ];
}

/** A program in CommonJS. It also checks that import() and require() load the same classes. */
function requiring(programs) {
  const path = join(programs, "requiring.cjs");
  writeFile(
    path,
    `const tokenizer = require("${PACKAGE}");
const golden = require("./golden.json");
async function main() {
  const { check } = await import("./check.js");
  const imported = await import("${PACKAGE}");
  if (imported.BertTokenizer !== tokenizer.BertTokenizer) throw new Error("the package is loaded twice");
  console.log(await check(tokenizer, golden));
}
main();
`,
  );
  return path;
}

/** Runs the program with an import map, which has only the names of the packages. */
function denoImportMap({ user, programs }) {
  const map = join(programs, "import-map.json");
  writeFile(map, JSON.stringify({ imports: importMap((path) => pathToFileURL(join(user, path)).href) }));
  const options = ["--no-config", "--node-modules-dir=none", "--no-npm", "--allow-read", `--import-map=${map}`];
  return run(deno, ["run", ...options, join(programs, "program.js")], { cwd: programs });
}

/** Returns the entries of an import map for the tokenizer. */
export function importMap(urlOf) {
  return { [PACKAGE]: urlOf("node_modules/@bertie/tokenizer-wasm/dist/index.js") };
}

/** Bundles the program for hosts that compile WebAssembly modules ahead of time. The module stays a file. */
async function bundle({ user, programs }, entry, conditions, name) {
  const outdir = join(programs, name);
  const { warnings } = await build({
    absWorkingDir: user,
    entryPoints: [join(programs, entry)],
    outdir,
    bundle: true,
    format: "esm",
    conditions,
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    external: ["node:*"],
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  return outdir;
}

/** Runs in the newest Node, which miniflare requires. */
async function workerd(project) {
  const outdir = await bundle(project, "fetch.js", ["workerd", "worker", "browser"], "workerd");
  const script = join(project.programs, "workerd.mjs");
  writeFile(
    script,
    `import { Miniflare } from ${JSON.stringify(pathToFileURL(join(tools, "miniflare/dist/src/index.js")).href)};
const modulesRules = [{ type: "CompiledWasm", include: ["**/*.wasm"] }];
const options = { modules: true, modulesRules, scriptPath: "fetch.js", rootPath: ${JSON.stringify(outdir)} };
const miniflare = new Miniflare({ ...options, compatibilityDate: "2026-01-01" });
const response = await miniflare.dispatchFetch("http://localhost/");
console.log(await response.text());
await miniflare.dispose();
`,
  );
  return run(newestNode, [script], { cwd: outdir });
}

/** Runs in the newest Node. Vercel's builder compiles the modules that are imported, so this passes the compiled module. */
async function edgeLight(project) {
  const outdir = await bundle(project, "fetch.js", ["edge-light", "worker", "browser"], "edge-light");
  const bundled = readFileSync(join(outdir, "fetch.js"), "utf8");
  const found = /import (\w+) from "(\.\/[\w-]+\.wasm)(?:\?module)?";/.exec(bundled);
  if (!found) throw new Error("the bundle does not import the WebAssembly module");
  const code = bundled
    .replace(found[0], `const ${found[1]} = globalThis.wasmModule;`)
    .replace(/export \{\s*(\w+) as default\s*\};/, "globalThis.handler = $1;");
  writeFile(join(outdir, "script.js"), code);
  const script = join(project.programs, "edge-light.mjs");
  writeFile(
    script,
    `import { readFileSync } from "node:fs";
import edge from ${JSON.stringify(pathToFileURL(join(tools, "edge-runtime/dist/index.js")).href)};
const wasmModule = new WebAssembly.Module(readFileSync(${JSON.stringify(join(outdir, found[2]))}));
const extend = (context) => Object.assign(context, { wasmModule });
const runtime = new edge.EdgeRuntime({ extend, initialCode: readFileSync("script.js", "utf8") });
const response = await runtime.evaluate("handler.fetch()");
console.log(await response.text());
process.exit();
`,
  );
  return run(newestNode, [script], { cwd: outdir });
}

/** Runs a test in Jest, whose require() cannot load ES modules. */
async function jest({ user }) {
  const folder = join(user, "matrix-jest");
  const check = readFileSync(join(user, "matrix/check.js"), "utf8").replace("export async", "async");
  writeFile(join(folder, "package.json"), "{}");
  writeFile(join(folder, "check.js"), `${check}\nmodule.exports = { check };\n`);
  writeFile(
    join(folder, "tokenizer.test.js"),
    `const tokenizer = require("${PACKAGE}");
const bertie = require("bertie");
const { writeFileSync } = require("node:fs");
const { check } = require("./check.js");
const golden = require("../matrix/golden.json");

test("require() loads one copy of the packages", () => {
  expect(bertie.BertTokenizer).toBe(tokenizer.BertTokenizer);
  expect(typeof bertie.TextClassifier.load).toBe("function");
});

test("the golden records", async () => {
  const line = await check(tokenizer, golden);
  await expect(tokenizer.BertTokenizer.fromPretrained(__dirname)).rejects.toThrow(bertie.BertieError);
  writeFileSync(__dirname + "/line.txt", line);
}, 60_000);
`,
  );
  const parameters = ["--rootDir", folder, "--runInBand", "--silent", "--reporters", join(folder, "failures.cjs")];
  writeFile(
    join(folder, "failures.cjs"),
    `module.exports = class {
  onTestResult(_test, { failureMessage }) {
    if (failureMessage) console.error(failureMessage);
  }
};
`,
  );
  await run(process.execPath, [join(tools, "jest/bin/jest.js"), ...parameters], { cwd: folder });
  return readFileSync(join(folder, "line.txt"), "utf8");
}
