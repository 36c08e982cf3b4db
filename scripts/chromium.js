// A page in headless Chromium, off a server on this machine.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const types = { ".mjs": "text/javascript", ".wasm": "application/wasm" };
// With these a page is cross-origin isolated: without, it has no memory that threads could share.
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const quiet = ["quic", "background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);
// Without a GPU, WebGPU is simulated.
const graphics =
  process.env.BERTIE_WEBGPU === undefined ? ["--disable-gpu"] : ["--enable-features=Vulkan", "--ignore-gpu-blocklist"];

/**
 * Makes a site whose page, "/", runs a script. It has this repository's files too, by their paths in it.
 *
 * @param executablePath Chromium
 * @param scripts files that are bundled, and served by their names; the first is the page's
 * @param use what to do there: an async function of a blank page and the browser
 * @returns what `use` returned
 */
export async function inChromium({ executablePath = "/usr/bin/chromium", scripts }, use) {
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
  const html = `<!doctype html><script type="module" src="/${basename(scripts[0])}"></script>`;
  const pages = new Map([
    ["/", { type: "text/html; charset=utf-8", body: html }],
    ["/favicon.ico", { type: "image/x-icon", body: "" }],
    ...scripts.map((script, i) => {
      return [`/${basename(script)}`, { type: "text/javascript", body: bundles[i].outputFiles[0].contents }];
    }),
  ]);

  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    const page = pages.get(path);
    try {
      const body = page?.body ?? (await readFile(root + path));
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
