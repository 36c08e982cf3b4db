// Runs a job (see implementations.js) with Bertie in a page of headless Chromium.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { chromium as executablePath } from "./implementations.js";

const job = JSON.parse(process.argv[2]);
const bundle = await build({
  stdin: {
    contents: `
      import * as implementations from "./bertie.js";
      import { inputOf, timeJob } from "./passes.js";
      const read = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
      globalThis.time = async (job) => {
        const implementation = implementations[job.implementation];
        const tokenizer = await implementation.load({ vocab: await read("/vocab") });
        return timeJob(implementation, tokenizer, inputOf(implementation, await read("/corpus")), job);
      };`,
    resolveDir: fileURLToPath(new URL(".", import.meta.url)),
  },
  bundle: true,
  write: false,
  format: "esm",
  platform: "browser",
  target: "es2023",
});
const pages = {
  "/": ["text/html", '<!doctype html><script type="module" src="/page.js"></script>'],
  "/page.js": ["text/javascript", bundle.outputFiles[0].contents],
  "/vocab": ["text/plain", readFileSync(job.vocab)],
  "/corpus": ["text/plain", readFileSync(job.corpus)],
};
const server = createServer((request, response) => {
  const [type, body] = pages[request.url] ?? ["text/plain", ""];
  response.writeHead(200, { "content-type": type }).end(body);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const disabled = ["quic", "background-networking", "component-update", "sync", "gpu"].map(
  (feature) => `--disable-${feature}`,
);
const browser = await chromium.launch({
  executablePath,
  args: ["--headless", "--no-sandbox", "--no-first-run", ...disabled],
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction("'time' in globalThis");
  console.log(JSON.stringify(await page.evaluate((job) => time(job), job)));
} finally {
  await browser.close();
  server.close();
}
