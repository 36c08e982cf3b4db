// Bundles the built packages for the browser and runs the suite in headless Chromium, off a server on this machine.
//   node tests/runtimes/chromium/run.js [/usr/bin/chromium]
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../../..", import.meta.url));

// platform "browser" knows no `node:` module: one that a page would load by accident stops the build here.
const bundle = await build({
  entryPoints: [fileURLToPath(new URL("page.js", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
  platform: "browser",
  target: "es2023",
  logLevel: "warning",
});

const pages = new Map([
  ["/", { type: "text/html; charset=utf-8", body: '<!doctype html><script type="module" src="/page.js"></script>' }],
  ["/page.js", { type: "text/javascript", body: bundle.outputFiles[0].contents }],
  ["/favicon.ico", { type: "image/x-icon", body: "" }],
]);
const types = { ".mjs": "text/javascript", ".wasm": "application/wasm" };
// With these a page is cross-origin isolated: without, it has no memory that threads could share.
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

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

const quiet = ["quic", "background-networking", "component-update", "sync", "gpu"].map((what) => `--disable-${what}`);
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--no-first-run", "--enable-unsafe-webgpu", ...quiet],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction("'runSuite' in globalThis");
  const { ok, lines } = await page.evaluate("runSuite()");
  for (const line of lines) console.log(line);
  for (const complaint of complaints) console.error(`the page complains: ${complaint}`);
  process.exitCode = ok && complaints.length === 0 ? 0 : 1;
} finally {
  await browser.close();
  server.close();
}
