import { describe, expect, it } from "vitest";
import { expectNoViolations, useDemo } from "./demo.js";

const views = ["tokenize", "fine-tune", "type-examples", "classify"];
const light = {};
const dark = { colorScheme: "dark" };
const forced = { forcedColors: "active" };

/** Media queries that match in a look. */
const queries = {
  "(prefers-color-scheme: dark)": (look) => look === dark,
  "(forced-colors: active)": (look) => look === forced,
};

/** Waits until a view shows its data. */
async function waitForView(page, view) {
  await page.waitForFunction((view) => !document.getElementById(view).hidden, view);
  if (view === "tokenize") await page.waitForSelector("#tokens-list li");
  if (view === "fine-tune") await page.waitForFunction(() => document.querySelector("#device").value !== "");
}

/**
 * Applies the rules for print. Firefox lets no program emulate print, so the conditions in the style sheets change instead.
 */
async function print(page, browser) {
  if (browser === "chromium") return page.emulateMedia({ media: "print" });
  await page.evaluate(() => {
    for (const { cssRules } of document.styleSheets)
      for (const rule of cssRules)
        if (rule instanceof CSSMediaRule)
          rule.media.mediaText = rule.media.mediaText.replaceAll("screen", "not all").replaceAll("print", "all");
  });
}

/**
 * Tests all views with axe in both languages, and in light, dark and forced colors, in light colors at phone width as well; and print and reduced motion.
 *
 * @param browser "chromium" or "firefox", which starts once per look
 */
export function testLooks(browser) {
  describe.each([
    ["light", light],
    ["dark", dark],
    ["forced", forced],
  ])("in %s colors", (_, look) => {
    const open = useDemo({ browser, look });

    it.each(views)("has no axe violations in both languages: view %s", async (view) => {
      const page = await open(`#${view}`);
      for (const [query, matches] of Object.entries(queries))
        expect(await page.evaluate((query) => matchMedia(query).matches, query)).toBe(matches(look));
      for (const language of ["en", "zh-CN"]) {
        if (language === "zh-CN") await page.click("#language");
        await page.waitForFunction((language) => document.documentElement.lang === language, language);
        await waitForView(page, view);
        // The layout does not depend on the colors.
        for (const width of look === light ? [1100, 360] : [1100]) {
          await page.setViewportSize({ width, height: 900 });
          await expectNoViolations(page, { language, width });
        }
      }
    });

    if (look === forced)
      it("keeps the edges of tokens", async () => {
        const page = await open();
        await page.waitForSelector("#tokens-list li");
        const borders = await page.$$eval("#tokens-list li, #tokens-text > span", (tokens) =>
          tokens.map((token) => getComputedStyle(token).borderTopWidth),
        );
        expect(borders.length).toBeGreaterThan(10);
        expect(borders.every((width) => width === "1px")).toBe(true);
      });

    if (look === dark)
      it.each(views)("prints its contents on white, without the controls of the page: view %s", async (view) => {
        const page = await open(`#${view}`);
        await waitForView(page, view);
        const styles = () =>
          page.evaluate(() => [
            ...[".bar", ".drop", "footer"].map((part) => getComputedStyle(document.querySelector(part)).display),
            getComputedStyle(document.querySelector("h1")).color,
          ]);
        const printed = ["none", "none", "none", "rgb(32, 38, 42)"];
        expect(await styles()).not.toEqual(printed);
        await print(page, browser);
        expect(await styles()).toEqual(printed);
      });
  });

  describe.each([
    ["reduce", "0s"],
    ["no-preference", "0.15s"],
  ])("for visitors with the preference %s for motion", (reducedMotion, expected) => {
    const open = useDemo({ browser, look: { reducedMotion } });

    it(`has transitions of ${expected}`, async () => {
      const page = await open();
      expect(await page.$eval("nav a", (link) => getComputedStyle(link).transitionDuration)).toBe(expected);
    });
  });
}
