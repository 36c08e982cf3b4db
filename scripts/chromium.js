// Opens a page in headless Chromium, served from this machine.
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
// With these a page is cross-origin isolated: without, it has no memory that threads could share.
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const quiet = ["quic", "background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);
// Without a GPU, WebGPU is simulated.
const graphics =
  process.env.BERTIE_WEBGPU === undefined ? ["--disable-gpu"] : ["--enable-features=Vulkan", "--ignore-gpu-blocklist"];

/**
 * Serves a folder's files by their paths and, if there are scripts, a page "/" that runs the first of them.
 *
 * @param executablePath Chromium
 * @param scripts files that are bundled and served by their names. By default none.
 * @param folder By default this repository.
 * @param use what to do there: an async function of a blank page and the browser
 * @returns what `use` returned
 */
export async function inChromium({ executablePath = "/usr/bin/chromium", scripts = [], folder = root }, use) {
  // platform "browser" knows no `node:` module: one that a page would load by accident stops the build here.
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
      const body = page?.body ?? (await readFile(join(folder, path)));
      const type = page?.type ?? types[extname(path)] ?? "application/octet-stream";
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
    return await use(page, browser);
  } finally {
    await browser.close();
    server.close();
  }
}
