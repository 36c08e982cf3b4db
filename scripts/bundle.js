// Bundles the entry points of a package, after `tsc` has compiled them: one file loads several times faster than many.
//   node ../../scripts/bundle.js ENTRY…     in the folder of a package, for example: index page
//
// @bertie/common is included, except for BertieError. An entry point named "page" is for pages without a bundler: all its
// dependencies are included, it is minified, and the WebAssembly module is loaded from its own file.
import { basename } from "node:path";
import { build } from "esbuild";

/** The module with BertieError, which all packages must share: `instanceof` compares classes by identity. */
const ERROR = "@bertie/common/error";

const name = basename(process.cwd());
for (const entry of process.argv.slice(2)) {
  const isPage = entry === "page";
  const shared = external(/^\.\/error\.ts$/, name === "common" ? "./error.js" : ERROR);
  const others = external(/^[#@\w]/);
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
    plugins: [external(/\.node\.ts$/), ...(isPage ? [external(/^#wasm$/, "../wasm/url.js")] : [shared, others])],
  });
}

/** Keeps imports of modules that match as imports: of the compiled files, or of `target`. */
function external(filter, target) {
  const keep = ({ path, kind }) =>
    kind === "entry-point" || path === "@bertie/common"
      ? undefined
      : { path: target ?? path.replace(/\.ts$/, ".js"), external: true };
  return { name: "external", setup: ({ onResolve }) => onResolve({ filter }, keep) };
}
