import { afterAll, beforeAll, describe } from "vitest";
import { launch, openPage } from "./browser.js";
import { testClassifyVisit } from "./classify-visit.js";
import { testVisit } from "./other-browsers.js";
import { serveDemo } from "./site.js";

let browser;
let site;
let opened;
beforeAll(async () => {
  [site, browser] = await Promise.all([serveDemo(), launch("firefox")]);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
});

describe("Firefox", () => {
  const pageAt = async (view) => {
    opened ??= await openPage(browser, site.url);
    await opened.page.goto("about:blank");
    await opened.page.goto(`${site.url}${view}`);
    return opened.page;
  };
  testVisit(pageAt, { storesFiles: true });
  testClassifyVisit(pageAt);
});
