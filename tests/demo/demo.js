import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** Fills the fine-tuning form in: a device, a model, and numbers by the ids of their fields. */
export async function choose(page, { device, model, ...numbers }) {
  await page.waitForFunction(() => document.querySelector("#device").value !== "");
  await page.check(`input[name=model][value=${model}]`);
  for (const [id, value] of Object.entries(numbers)) await page.fill(`#${id}`, String(value));
  await page.selectOption("#device", device);
}

/** Waits for the end of training: the accuracy, and what the page says of it. */
export async function evaluationOf(page, timeout) {
  await page.waitForSelector("#evaluation:not([hidden]), #train-fault:not([hidden])", { timeout });
  expect(await page.textContent("#train-fault")).toBe("");
  const summary = await page.textContent("#evaluation-summary");
  return { accuracy: Number(/^[\d.]+/.exec(summary)[0]) / 100, summary };
}

/** Writes the entries of an archive without compression under a folder; their paths. */
export function unzip(archive, folder) {
  const paths = [];
  for (let at = archive.readUInt32LE(archive.length - 6); archive.readUInt32LE(at) === 0x02014b50; ) {
    const [size, nameLength, place] = [
      archive.readUInt32LE(at + 24),
      archive.readUInt16LE(at + 28),
      archive.readUInt32LE(at + 42),
    ];
    const path = join(folder, archive.toString("utf8", at + 46, at + 46 + nameLength));
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, archive.subarray(place + 30 + nameLength, place + 30 + nameLength + size));
    paths.push(path);
    at += 46 + nameLength;
  }
  return paths;
}
