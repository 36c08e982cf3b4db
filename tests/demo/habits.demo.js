import { describe, expect, it } from "vitest";
import { useDemo } from "./demo.js";
import { testLanguages } from "./languages.js";
import { expectUncovered } from "./visitor.js";

const open = useDemo();
const views = ["tokenize", "fine-tune", "type-examples", "classify"];

describe.each(views)("view %s", (view) => {
  it("has a skip link that stays in the view, and no control that the header hides", async () => {
    const page = await open(`#${view}`, { height: 500 });
    await expectUncovered(page, view);
  });

  it("prints its contents on white, without the controls of the page", async () => {
    const page = await open(`#${view}`, { colorScheme: "dark" });
    await page.waitForFunction((view) => !document.getElementById(view).hidden, view);
    await page.emulateMedia({ media: "print" });
    const styles = await page.evaluate(() => [
      ...[".bar", ".drop", "footer"].map((part) => getComputedStyle(document.querySelector(part)).display),
      getComputedStyle(document.querySelector("h1")).color,
    ]);
    expect(styles).toEqual(["none", "none", "none", "rgb(32, 38, 42)"]);
  });
});

it("keeps the edges of tokens in forced colors", async () => {
  const page = await open();
  await page.waitForSelector("#tokens-list li");
  await page.emulateMedia({ forcedColors: "active" });
  const borders = await page.$$eval("#tokens-list li, #tokens-text > span", (tokens) =>
    tokens.map((token) => getComputedStyle(token).borderTopWidth),
  );
  expect(borders.length).toBeGreaterThan(10);
  expect(borders.every((width) => width === "1px")).toBe(true);
});

it("moves nothing for visitors who prefer reduced motion", async () => {
  const page = await open(); // which prefers reduced motion
  const duration = () => page.$eval("nav a", (link) => getComputedStyle(link).transitionDuration);
  expect(await duration()).toBe("0s");
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect(await duration()).toBe("0.15s");
});

it("announces results in a single place rather than every change", async () => {
  const page = await open();
  await page.waitForSelector("#tokens-list li");
  const live = await page.$$eval("[aria-live]", (all) => all.map(({ id }) => id));
  expect(live).toEqual(["saved"]);
  await page.fill("#text", "Hello world");
  await page.waitForFunction(() => document.querySelector("#announcement").textContent === "4 tokens");
});

testLanguages(open);
