import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launch, openPage } from "./browser.js";
import { serveDemo } from "./site.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

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
