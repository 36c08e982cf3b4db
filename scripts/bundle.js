// Bundles the entry points of a package, after `tsc` has compiled them: one file loads several times faster than many.
//   node ../../scripts/bundle.js ENTRY…     in the folder of a package, for example: index page
//
// @bertie/common is included, and the WebAssembly module is not. The entry points "page" and
// "stream/line-worker" are for pages without a bundler, too: all their dependencies are included, they are minified, and the
// page loads the module from its own file.
import { copyFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { build } from "esbuild";

/** The files that load the WebAssembly module, by entry point. */
const loaders = { page: "url", "index.workerd": "workerd", "index.edge-light": "edge-light" };

const name = basename(process.cwd());
for (const entry of process.argv.slice(2)) {
  // A page may load these files without a bundler.
  const isWhole = entry === "page" || entry === "stream/line-worker";
  const isEdge = entry === "index.workerd" || entry === "index.edge-light";
  // Most programs read no streams: the code for streams is loaded from its own files.
  const streams = external(/\/encode-chunks\.ts$/);
  // Packages of others are included, too: a package can only rely on its own dependencies.
  const others = external(name === "common" ? /^[#@\w]/ : /^[#@]/);
  if (entry === "page") for (const file of readdirSync("dist")) if (file.startsWith("page-")) rmSync(`dist/${file}`);
  const { metafile } = await build({
    metafile: true,
    entryPoints: [`src/${entry}.ts`],
    // Parts of the page that are imported dynamically become files of their own.
    ...(entry === "page"
      ? { outdir: "dist", splitting: true, chunkNames: "page-[name]-[hash]" }
      : { outfile: `dist/${entry}.js` }),
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2023",
    conditions: ["bertie-source"],
    sourcemap: true,
    sourcesContent: false,
    // Fewer characters load faster. Stack traces show the names of functions, unless the file is for pages.
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: isWhole,
    legalComments: "none",
    logLevel: "warning",
    plugins: [
      external(/^\.\.\/wasm\/default\.js$/, `../wasm/${loaders[entry] ?? "default"}.js`),
      external(/\.node\.ts$/),
      ...(isWhole ? [workerUrl()] : [isEdge ? withoutThreads() : streams, others]),
    ],
  });
  for (const input of Object.keys(metafile.inputs)) copyLicense(input);
}

/** Copies the license of the package that contains a file, unless it is a package of this repository. */
function copyLicense(input) {
  const [folder, dependency] = /^.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  const license = folder && readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (license) copyFileSync(`${folder}/${license}`, `dist/${dependency.replace("/", "-")}.LICENSE.txt`);
}

/** Corrects the URL of the worker of streams, which is relative to the file that it replaces. */
function workerUrl() {
  const replace = ({ path }) => ({
    contents: readFileSync(path, "utf8").replace('"./line-worker.js"', '"./stream/line-worker.js"'),
    loader: "ts",
  });
  return { name: "worker URL", setup: ({ onLoad }) => onLoad({ filter: /\/stream\/threads\.ts$/ }, replace) };
}

/** Leaves out the code that starts workers, which edge functions do not have. */
function withoutThreads() {
  const replace = ({ resolveDir }) => ({ path: join(resolveDir, "no-threads.ts") });
  return { name: "without threads", setup: ({ onResolve }) => onResolve({ filter: /^\.\/threads\.ts$/ }, replace) };
}

/** Keeps imports of modules that match as imports: of the compiled files, or of `target`. */
function external(filter, target) {
  const compiled = (path, folder) =>
    path.endsWith(".ts") ? `./${relative("src", join(folder, path)).replace(/\.ts$/, ".js")}` : path;
  const keep = ({ path, kind, resolveDir }) =>
    kind === "entry-point" || path === "@bertie/common"
      ? undefined
      : { path: target ?? compiled(path, resolveDir), external: true };
  return { name: "external", setup: ({ onResolve }) => onResolve({ filter }, keep) };
}
