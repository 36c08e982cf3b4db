import { afterAll, beforeAll, describe } from "vitest";
import { testClassifyVisit } from "./classify-visit.js";
import { testAxe, testVisit } from "./other-browsers.js";
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
  // First, because a visit that trains a model returns to it.
  testClassifyVisit(pageAt);
  testVisit(pageAt, { storesFiles: false });
  testAxe(pageAt);
});
