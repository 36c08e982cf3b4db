import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launch, openPage } from "./browser.js";
import { serveDemo } from "./site.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(`${ROOT}/packages/web-demo/package.json`);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/**
 * A browser and a host for a file of tests. Every page that a test opens must have nothing to complain of, and ask nobody
 * else for anything.
 *
 * @returns a function that opens the page at a view
 */
export function useDemo(siteOptions) {
  let browser;
  let site;
  let opened = [];
  beforeAll(async () => {
    site = await serveDemo(siteOptions);
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  afterEach(async () => {
    const complaints = opened.flatMap((page) => page.complaints);
    for (const { page } of opened) await page.context().close();
    opened = [];
    expect(complaints).toEqual([]);
  });
  return async (view = "", options) => {
    const page = await openPage(browser, `${site.url}${view}`, options);
    opened.push(page);
    return page.page;
  };
}

/** A folder for a test file's own files, which goes away with it. */
export function useScratch() {
  const folder = mkdtempSync(join(tmpdir(), "bertie-demo-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write(name, contents) {
      const path = join(folder, name);
      writeFileSync(path, contents);
      return path;
    },
  };
}

/** Has axe look at the page as it stands, in light and in dark; in a window as wide as a phone nothing may stick out. */
export async function expectAccessible(page) {
  const { width, height } = page.viewportSize();
  for (const look of [{ colorScheme: "light" }, { colorScheme: "dark" }, { colorScheme: "light", width: 360 }]) {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize({ width: look.width ?? width, height });
    // Playwright's own scripts are let through where the page's policy would stop a script of a test.
    const { violations } = await page.evaluate(`${axe}; axe.run()`);
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    expect({ ...look, found }).toEqual({ ...look, found: [] });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width, height });
}
