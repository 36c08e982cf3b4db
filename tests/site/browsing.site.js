import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dist, hydrated, useSite } from "./site.js";

/** Types a query into the search dialog, and returns the addresses and texts of the results. */
async function search(page, query) {
  await page.click(".DocSearch-Button");
  await page.fill(".VPLocalSearchBox input", query);
  await page.waitForSelector(".VPLocalSearchBox .result");
  const results = await page.$$eval(".VPLocalSearchBox a.result", (links) =>
    links.map((link) => ({ path: new URL(link.href).pathname, text: link.textContent })),
  );
  await page.keyboard.press("Escape");
  return results;
}

describe.each(["/", "/another/place/"])("served from %s", (base) => {
  const open = useSite(base);

  it.each(["offsets", "GBK", "resume"])("the search finds %s, and the result opens", async (query) => {
    const { page, problems, url, close } = await open();
    await page.goto(url);
    await hydrated(page);
    const results = await search(page, query);
    expect(results.every(({ path }) => path.startsWith(base))).toBe(true);
    await page.click(".DocSearch-Button");
    await page.click(".VPLocalSearchBox a.result");
    const isShown = (text) => document.querySelector("main").textContent.toLowerCase().includes(text.toLowerCase());
    await page.waitForFunction(isShown, query);
    expect(new URL(page.url()).pathname).toBe(results[0].path);
    expect(problems).toEqual([]);
    await close();
  });

  it.each(["微调", "分类"])("the Chinese search finds %s", async (query) => {
    const { page, problems, url, close } = await open();
    await page.goto(`${url}zh/`);
    await hydrated(page);
    const results = await search(page, query);
    expect(results.every(({ path }) => path.startsWith(`${base}zh/`))).toBe(true);
    expect(problems).toEqual([]);
    await close();
  });

  it("links lead to the right pages after the address has changed, and after a reload", async () => {
    const { page, problems, url, close } = await open();
    await page.goto(`${url}performance/training.html`);
    await hydrated(page);
    for (const path of ["reference/cli.html", "performance/size.html"]) {
      await page.click(`.VPSidebar a[href$="${path}"]`);
      await page.waitForURL(url + path);
      await page.reload();
      await hydrated(page);
    }
    await page.click(".VPNavBarTitle a");
    await page.waitForURL(url);
    const outside = await page.$$eval(
      "a[href]",
      (links, start) => links.map(({ href }) => href).filter((href) => !href.startsWith(start)),
      url,
    );
    expect(outside).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it("links and pictures work without scripts", async () => {
    const { page, problems, url, close } = await open({ javaScriptEnabled: false });
    await page.goto(`${url}performance/training.html`);
    await page.click('.VPSidebar a[href$="reference/cli.html"]');
    expect(page.url()).toBe(`${url}reference/cli.html`);
    expect(await page.textContent("main h1")).toContain("Command");
    await page.click(".VPNavBarTitle a");
    expect([url, `${url}index.html`]).toContain(page.url());
    expect(problems).toEqual([]);
    await close();
  });
});

it("the site has no fonts", () => {
  expect(readdirSync(dist, { recursive: true }).filter((file) => /\.(woff2?|ttf|otf)$/.test(file))).toEqual([]);
});
