import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { serveFolder } from "../../scripts/docs/serve.js";
import { launch } from "../demo/browser.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(`${root}packages/web-demo/package.json`);

export const dist = `${root}docs/.vitepress/dist`;
export const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Paths of all pages from the root of the site. */
export function pagesOfSite() {
  return readdirSync(dist, { recursive: true })
    .filter((file) => file.endsWith(".html"))
    .sort();
}

/**
 * Serves the site under a path, and starts a browser for the tests of a file.
 *
 * @returns a function that opens a page, and collects console errors, failed requests and requests to other hosts
 */
export function useSite(path) {
  let browser;
  let site;
  beforeAll(async () => {
    site = await serveFolder(dist, { path });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  return async ({ colorScheme = "light", javaScriptEnabled = true } = {}) => {
    const viewport = { width: 1280, height: 900 };
    const context = await browser.newContext({ colorScheme, javaScriptEnabled, viewport, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error.stack ?? error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(`${message.text()} (${page.url()})`);
    });
    page.on("requestfailed", (request) => {
      // Navigation cancels the prefetching of linked pages, and without scripts nothing is prefetched.
      const { errorText } = request.failure() ?? {};
      if (errorText !== "net::ERR_ABORTED" && (javaScriptEnabled || !request.url().endsWith(".js")))
        problems.push(`failed: ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    });
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol) && origin !== new URL(site.url).origin)
        problems.push(`asked ${request.url()}`);
    });
    return { page, problems, url: site.url, close: () => context.close() };
  };
}

/** Waits until the scripts of the page have started. */
export function hydrated(page) {
  return page.waitForFunction(() => document.querySelector("#app")?.__vue_app__ !== undefined);
}
