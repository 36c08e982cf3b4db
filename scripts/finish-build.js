// Completes the build of a package after tsc:   cd packages/NAME && node ../../scripts/finish-build.js
//   - Declarations in dist/ that use Symbol.dispose or streams also declare them, for old TypeScript and target libraries.
//   - cjs/ is for programs whose require() cannot load ES modules, such as tests in Jest: one CommonJS file per entry
//     point, the declarations, and the licenses of bundled packages.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";

const DISPOSE = `declare global {
    interface SymbolConstructor {
        readonly dispose: unique symbol;
        readonly asyncDispose: unique symbol;
    }
}`;

/** Streams are global in browsers and in recent declarations of Node. Their type parameters must have these names. */
const STREAMS = `declare global {
    interface ReadableStream<R = any> {}
    interface WritableStream<W = any> {}
    interface TransformStream<I = any, O = any> {}
}`;

const manifest = readJson("package.json");
const entries = Object.values(manifest.exports).filter(({ require }) => require !== undefined);

declareGlobals();
rmSync("cjs", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entries
    .filter((entry) => entry.require.default.endsWith(".js"))
    .map((entry) => ({ in: entry.default, out: entry.require.default.replace(/\.js$/, "") })),
  outdir: ".",
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  // Jest cannot evaluate import() without a flag of Node, so import() becomes a deferred require().
  supported: { "dynamic-import": false },
  external: dependenciesOf(manifest).filter((name) => !isOnlyModule(name)),
  metafile: true,
  plugins: [
    { name: "entries", setup: keepEntries },
    { name: "import.meta.url", setup: replaceModuleUrl },
  ],
  logLevel: "warning",
});
writeFileSync("cjs/package.json", '{ "type": "commonjs" }\n');
copyDeclarations();
writeLicenses(Object.keys(metafile.inputs));

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function dependenciesOf({ dependencies, peerDependencies }) {
  return Object.keys({ ...dependencies, ...peerDependencies });
}

/** Returns whether a package cannot be loaded by require(), so that it has to be bundled. */
function isOnlyModule(name) {
  if (name.startsWith("@bertie/")) return false;
  const { type, exports } = readJson(findManifest(name));
  return type === "module" && !JSON.stringify(exports).includes('"require"');
}

function findManifest(name) {
  const folders = createRequire(resolve("package.json")).resolve.paths(name);
  const paths = folders.map((folder) => join(folder, name, "package.json"));
  for (const path of paths)
    try {
      readFileSync(path);
      return path;
    } catch {}
  throw new Error(`${name} is not installed`);
}

/** Loads another entry point of the package with require(), so that the package has one copy of each class. */
function keepEntries({ onResolve }) {
  const outputs = new Map(entries.map((entry) => [resolve(entry.default), entry.require.default]));
  onResolve({ filter: /^\.\.?\// }, ({ path, kind, resolveDir }) => {
    const output = kind === "entry-point" ? undefined : outputs.get(resolve(resolveDir, path));
    return output === undefined ? undefined : { path: `./${relative("cjs", output)}`, external: true };
  });
}

/** Replaces `import.meta.url` with the URL of the ES module, relative to which workers and other files are found. */
function replaceModuleUrl({ onLoad }) {
  onLoad({ filter: /\/(dist|wasm)\/.*\.js$/ }, ({ path }) => {
    const text = readFileSync(path, "utf8");
    if (!text.includes("import.meta.url")) return undefined;
    const file = JSON.stringify(relative("cjs", path));
    const url = `const moduleUrl = require("node:url").pathToFileURL(require("node:path").join(__dirname, ${file})).href;\n`;
    return { contents: url + text.replaceAll("import.meta.url", "moduleUrl"), loader: "js" };
  });
}

function declarations() {
  const files = readdirSync("dist", { recursive: true }).filter((file) => file.endsWith(".d.ts"));
  return files.filter((file) => !/\.test\.d\.ts$|(^|\/)testing\//.test(file));
}

/** Declares globals that declarations use, for compiler options without them. */
function declareGlobals() {
  for (const file of declarations()) {
    const path = join("dist", file);
    const text = readFileSync(path, "utf8");
    const wanted = [
      [/\[Symbol\.(asyncD|d)ispose\]/, DISPOSE],
      [/\b(Readable|Writable|Transform)Stream\b/, STREAMS],
    ].filter(([used, block]) => used.test(text) && !text.includes(block));
    if (wanted.length === 0) continue;
    const blocks = wanted.map(([, block]) => `\n${block}`).join("");
    writeFileSync(
      path,
      text.replace(/(\n\/\/# sourceMappingURL=.*)?$/, (comment) => `${blocks}${comment}`),
    );
  }
}

function copyDeclarations() {
  const copies = declarations().map((file) => [join("dist", file), join("cjs", file)]);
  for (const [from, to] of [...copies, ...entries.map((entry) => [entry.types, entry.require.types])]) {
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(from, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, ""));
  }
}

function writeLicenses(inputs) {
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]));
  for (const folder of folders) {
    if (folder === undefined) continue;
    const license = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    const name = folder.split("node_modules/").at(-1).replace("/", "-");
    cpSync(join(folder, license), `cjs/${name}.LICENSE.txt`);
  }
}
