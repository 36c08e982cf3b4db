// Pages in Chromium: plain ES modules, bundles, a Web Worker, and a strict Content Security Policy.
import { cpSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import { createLogger, build as vite } from "vite";
import webpack from "webpack";
import { inChromium } from "../../scripts/chromium.js";
import { PACKAGE, run, tools, writeFile } from "./cells.js";
import { importMap } from "./runtimes.js";

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

const html = (script, head = "") =>
  `<!doctype html><meta charset="utf-8"><title>matrix</title><link rel="icon" href="data:,">${head}<script type="module" src="${script}"></script>\n`;

/**
 * Each bundler writes a page to a folder.
 *
 * @throws if the bundler fails or warns
 */
const bundlers = {
  async esbuild({ user, programs }, folder) {
    const { warnings } = await build({
      ...esbuildOptions(user),
      entryPoints: [join(programs, "page.js")],
      outdir: folder,
    });
    failIf(warnings.map(({ text }) => text));
    writeFile(join(folder, "index.html"), html("./page.js"));
  },
  async Vite({ programs }, folder) {
    const messages = [];
    const customLogger = createLogger("warn");
    customLogger.warn = customLogger.warnOnce = customLogger.error = (message) => messages.push(message);
    const source = join(programs, "vite");
    writeFile(join(source, "index.html"), html("../page.js"));
    const output = {
      outDir: folder,
      emptyOutDir: true,
      reportCompressedSize: false,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 10_000,
    };
    await vite({ configFile: false, root: source, base: "./", logLevel: "warn", customLogger, build: output });
    failIf(messages);
  },
  async webpack({ user, programs }, folder) {
    const entry = join(programs, "page.js");
    const options = { mode: "production", target: "web", context: user, entry, performance: false };
    const compiler = webpack({ ...options, output: { path: folder, filename: "page.js" } });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
    );
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    failIf([...errors, ...warnings].map(({ message }) => message));
    writeFile(join(folder, "index.html"), html("./page.js"));
  },
  async rollup({ programs }, folder) {
    const messages = [];
    const plugins = [nodeResolve({ browser: true })];
    const onLog = (_level, { message }) => messages.push(message);
    const bundle = await rollup({ input: join(programs, "page.js"), plugins, onLog });
    await bundle.write({ dir: folder, format: "es" });
    await bundle.close();
    failIf(messages);
    writeFile(join(folder, "index.html"), html("./page.js"));
  },
  async Parcel({ user, programs }, folder) {
    const source = join(programs, "parcel/index.html");
    writeFile(source, html("../page.js"));
    const options = [
      "--dist-dir",
      folder,
      "--public-url",
      "./",
      "--no-cache",
      "--no-source-maps",
      "--no-autoinstall",
      "--log-level",
      "warn",
    ];
    const parcel = join(tools, "parcel/lib/bin.js");
    failIf([await run(process.execPath, [parcel, "build", source, ...options], { cwd: user })]);
  },
};

/** Pages that are not one bundle of one script. */
const others = {
  async "plain ES modules, import map"({ programs }, folder) {
    for (const file of ["page.js", "check.js", "golden.js"]) cpSync(join(programs, file), join(folder, file));
    const imports = JSON.stringify({ imports: importMap((path) => `/${path}`) });
    writeFile(join(folder, "index.html"), html("./page.js", `<script type="importmap">${imports}</script>`));
  },
  async "plain ES modules, entry point for pages"({ programs }, folder) {
    for (const file of ["page.js", "check.js", "golden.js"]) cpSync(join(programs, file), join(folder, file));
    const script = readFileSync(join(programs, "page.js"), "utf8");
    const entry = `/node_modules/${PACKAGE}/dist/page.js`;
    writeFile(join(folder, "page.js"), script.replace(`"${PACKAGE}"`, `"${entry}"`));
    writeFile(join(folder, "index.html"), html("./page.js"));
  },
  async "Web Worker"({ user, programs }, folder) {
    const entryPoints = ["worker.js", "page-of-worker.js"].map((file) => join(programs, file));
    await build({ ...esbuildOptions(user), entryPoints, outdir: folder });
    writeFile(join(folder, "index.html"), html("./page-of-worker.js"));
  },
  async "strict Content Security Policy"({ user, programs }, folder) {
    await build({ ...esbuildOptions(user), entryPoints: [join(programs, "page.js")], outdir: folder });
    const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
    writeFile(join(folder, "index.html"), html("./page.js", policy).replace('<link rel="icon" href="data:,">', ""));
  },
};

const esbuildOptions = (user) => ({
  absWorkingDir: user,
  bundle: true,
  format: "esm",
  platform: "browser",
  logLevel: "silent",
});

function failIf(messages) {
  const text = messages.filter(Boolean).join("\n");
  if (text !== "") throw new Error(text.slice(0, 4000));
}

/** Returns the cells of all pages. They share a browser, which `openBrowser` opens once. */
export function pageCells(project, openBrowser) {
  return Object.entries({ ...bundlers, ...others }).map(([name, write], i) => ({
    name: `Chromium, ${name}`,
    async run() {
      const folder = join(project.programs, `page-${i}`);
      await write(project, folder);
      const browser = await openBrowser();
      return resultOf(browser, `/${relative(project.user, folder)}/index.html`);
    },
  }));
}

/** Opens a page, and returns its result. Errors and warnings in its console are failures. */
async function resultOf({ browser, baseURL }, path) {
  const page = await browser.newPage({ baseURL });
  const messages = [];
  page.on("pageerror", (error) => messages.push(error.stack));
  page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
  try {
    await page.goto(path);
    await page.waitForFunction("globalThis.result", undefined, { timeout: 30_000 }).catch((error) => {
      throw new Error(messages.join("\n") || error.message);
    });
    const line = await page.evaluate("globalThis.result");
    failIf(messages);
    return line;
  } finally {
    await page.close();
  }
}

/** Serves a folder, and calls `use` with a function that opens the browser. The browser is closed afterwards. */
export async function withChromium(executablePath, folder, use) {
  return inChromium({ executablePath, folder }, async (_page, browser, server) =>
    use(async () => ({ browser, baseURL: `http://127.0.0.1:${server.address().port}` })),
  );
}
