import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { firefoxPreferences, launch, openPage } from "./browser.js";
import { serveDemo } from "./site.js";
import { setNumber } from "./visitor.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(`${ROOT}/packages/web-demo/package.json`);
/** Source of axe-core. */
export const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/**
 * Starts a browser and a server for a test file. Checks after each test that its pages had no errors and sent no requests to
 * other hosts.
 *
 * @param options.browser name of the browser; other options are those of {@link serveDemo}
 * @param options.look settings of {@link openPage} for all pages: `colorScheme`, `forcedColors`, `reducedMotion`
 * @param options.preferences further preferences of Firefox
 * @returns a function that opens the page at a view
 */
export function useDemo({ browser: name, look = {}, preferences = {}, ...siteOptions } = {}) {
  let browser;
  let site;
  let opened = [];
  beforeAll(async () => {
    site = await serveDemo(siteOptions);
    browser = await launch(name, { ...firefoxPreferences(look), ...preferences });
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  afterEach(async () => {
    const problems = opened.flatMap((page) => page.problems);
    for (const { page } of opened) await page.context().close();
    opened = [];
    expect(problems).toEqual([]);
  });
  return async (view = "", options) => {
    const page = await openPage(browser, `${site.url}${view}`, { ...look, ...options });
    opened.push(page);
    return page.page;
  };
}

/** Creates a temporary folder for a test file. */
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

/** Checks the current page with axe, and that it does not overflow sideways. `look` describes the page in error messages. */
export async function expectNoViolations(page, look) {
  // The content security policy does not apply to scripts that Playwright evaluates.
  const { violations } = await page.evaluate(`${axe}; axe.run()`);
  const problems = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  expect({ ...look, problems }).toEqual({ ...look, problems: [] });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

/** Checks the current page with axe in the light and dark themes and at phone width, and that it does not overflow sideways. */
export async function expectAccessible(page) {
  const { width, height } = page.viewportSize();
  for (const look of [{ colorScheme: "light" }, { colorScheme: "dark" }, { colorScheme: "light", width: 360 }]) {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize({ width: look.width ?? width, height });
    await expectNoViolations(page, look);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width, height });
}

/** Fills in the fine-tuning form: data, model, device, and numbers by the ids of their fields. */
export async function choose(page, { data = "reviews", device, model, ...numbers }) {
  await page.waitForFunction(() => document.querySelector("#device").value !== "");
  await page.check(`input[name=data][value=${data}]`);
  await page.check(`input[name=model][value=${model}]`);
  await page.evaluate(() => {
    document.querySelector("#advanced").open = true;
  });
  for (const [id, value] of Object.entries(numbers)) await setNumber(page, id, value);
  await page.selectOption("#device", device);
}

/** Waits for the end of training and returns the accuracy, the loss and the summary. */
export async function evaluationOf(page, timeout) {
  await page.waitForSelector("#evaluation:not([hidden]), #train-fault:not([hidden])", { timeout });
  expect(await page.textContent("#train-fault")).toBe("");
  const summary = await page.textContent("#evaluation-summary");
  const [, accuracy, loss] = /^([\d.]+)% accuracy .*, loss ([\d.]+)$/.exec(summary);
  return { accuracy: Number(accuracy) / 100, loss: Number(loss), summary };
}

/** Extracts an uncompressed zip file to a folder, and returns the paths of its files. */
export function unzip(archive, folder) {
  const paths = [];
  for (let at = archive.readUInt32LE(archive.length - 6); archive.readUInt32LE(at) === 0x02014b50; ) {
    const [size, nameLength, offset] = [
      archive.readUInt32LE(at + 24),
      archive.readUInt16LE(at + 28),
      archive.readUInt32LE(at + 42),
    ];
    const path = join(folder, archive.toString("utf8", at + 46, at + 46 + nameLength));
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, archive.subarray(offset + 30 + nameLength, offset + 30 + nameLength + size));
    paths.push(path);
    at += 46 + nameLength;
  }
  return paths;
}
