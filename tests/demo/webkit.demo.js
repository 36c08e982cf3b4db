import { afterAll, beforeAll, describe } from "vitest";
import { testClassifyVisit } from "./classify-visit.js";
import { testVisit } from "./other-browsers.js";
import { serveDemo } from "./site.js";
import { launchWebKit } from "./webkit.js";

let browser;
let site;
beforeAll(async () => {
  [site, browser] = await Promise.all([serveDemo(), launchWebKit()]);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
});

describe("WebKit", () => {
  const pageAt = async (view) => {
    await browser.page.goto("about:blank");
    await browser.page.goto(`${site.url}${view}`);
    return browser.page;
  };
  testVisit(pageAt, { storesFiles: false });
  testClassifyVisit(pageAt);
});
