// Opens a page from a local server in headless Chromium.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
// These headers make a page cross-origin isolated, which WebAssembly threads require for shared memory.
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const quiet = ["quic", "background-networking", "component-update", "sync"].map((feature) => `--disable-${feature}`);
// Without BERTIE_WEBGPU, Chromium emulates WebGPU on the CPU.
const graphics =
  process.env.BERTIE_WEBGPU === undefined ? ["--disable-gpu"] : ["--enable-features=Vulkan", "--ignore-gpu-blocklist"];

/**
 * Serves the files of a folder, and runs a function with a browser page. If there are scripts, the page "/" runs the first.
 *
 * @param executablePath path of Chromium
 * @param scripts files to bundle and to serve by their base names (default: none)
 * @param folder folder to serve (default: this repository)
 * @param use async function that receives a blank page, the browser and the server
 * @returns the result of `use`
 */
export async function inChromium({ executablePath = "/usr/bin/chromium", scripts = [], folder = root }, use) {
  // With the platform "browser", an accidental import of a `node:` module fails the build.
  const bundles = await Promise.all(
    scripts.map((script) =>
      build({
        entryPoints: [script],
        bundle: true,
        write: false,
        format: "esm",
        platform: "browser",
        target: "es2023",
        logLevel: "warning",
      }),
    ),
  );
  const tags = scripts.slice(0, 1).map((script) => `<script type="module" src="/${basename(script)}"></script>`);
  const pages = new Map([
    ["/", { type: types[".html"], body: `<!doctype html>${tags.join("")}` }],
    ["/favicon.ico", { type: "image/x-icon", body: "" }],
    ...scripts.map((script, i) => {
      return [`/${basename(script)}`, { type: types[".js"], body: bundles[i].outputFiles[0].contents }];
    }),
  ]);

  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    const page = pages.get(path);
    try {
      const body = page?.body ?? (await readFile(join(folder, path.endsWith("/") ? `${path}index.html` : path)));
      const type = page?.type ?? types[extname(path) || (path.endsWith("/") && ".html")] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, ...isolation }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

  const browser = await chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--no-first-run", "--enable-unsafe-webgpu", ...graphics, ...quiet],
  });
  try {
    const page = await browser.newPage({ baseURL: `http://127.0.0.1:${server.address().port}` });
    page.setDefaultTimeout(120_000);
    return await use(page, browser, server);
  } finally {
    await browser.close();
    server.close();
  }
}
