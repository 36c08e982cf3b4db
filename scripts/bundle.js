// Bundles the entry points of a package, after `tsc` has compiled them: one file loads several times faster than many.
//   node ../../scripts/bundle.js ENTRY…     in the folder of a package, for example: index page
//
// The WebAssembly module is not part of the bundles. An entry point named "page" is for pages without a bundler: its
// dependencies are included, it is minified, and the module is loaded from its own file.
import { build } from "esbuild";

const keepNode = external(/\.node\.ts$/);
/** The files that load the WebAssembly module, by entry point. */
const loaders = { page: "url", "index.workerd": "workerd", "index.edge-light": "edge-light" };

for (const entry of process.argv.slice(2)) {
  const isPage = entry === "page";
  await build({
    entryPoints: [`src/${entry}.ts`],
    outfile: `dist/${entry}.js`,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2023",
    conditions: ["bertie-source"],
    sourcemap: true,
    sourcesContent: false,
    minify: isPage,
    legalComments: "none",
    logLevel: "warning",
    ...(isPage ? {} : { packages: "external" }),
    external: ["node:*"],
    plugins: [redirect(/^\.\.\/wasm\/default\.js$/, `../wasm/${loaders[entry] ?? "default"}.js`), keepNode],
  });
}

/** Keeps imports of modules that match as imports of the compiled files. */
function external(filter) {
  const keep = ({ path }) => ({ path: path.replace(/\.ts$/, ".js"), external: true });
  return { name: "external", setup: ({ onResolve }) => onResolve({ filter }, keep) };
}

/** Replaces a module by a file, relative to the bundle, that is not included. */
function redirect(filter, path) {
  return { name: "redirect", setup: ({ onResolve }) => onResolve({ filter }, () => ({ path, external: true })) };
}
