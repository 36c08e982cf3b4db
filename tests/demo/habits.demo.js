import { describe, expect, it } from "vitest";
import { useDemo } from "./demo.js";
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

it("explains token, epoch and validation where they first appear, in both languages", async () => {
  const page = await open();
  expect(await page.textContent("#tokenize .lead")).toMatch(/tokens, the units that it reads/);
  await page.click("nav a[href='#fine-tune']");
  await page.waitForFunction(() => document.querySelector("#data-sets").textContent !== "");
  expect(await page.textContent("#data-sets")).toMatch(/Validation set: 200 rows, which are kept out of training/);
  expect(await page.textContent("#train-form")).toMatch(/epoch, which is one pass over the training set/);
  await page.click("#language");
  await page.waitForFunction(() => document.querySelector("#data-sets").textContent.includes("不参与训练"));
  expect(await page.textContent("#train-form")).toMatch(/训练一轮（把训练集完整学习一遍）/);
  expect(await page.textContent("#tokenize .lead")).toMatch(/词元可以是单词/);
});

it("opens in the language of the visitor, with vocabulary, text, reviews and model of that language", async () => {
  for (const [locale, vocabulary, data, model] of [
    ["en-GB", "en", "reviews-en", "minilm"],
    ["zh-CN", "zh", "reviews", "bge"],
  ]) {
    const page = await open("#fine-tune", { locale });
    await page.waitForFunction(() => document.querySelector("#data-sets").textContent !== "");
    expect(await page.isChecked(`input[name=data][value=${data}]`)).toBe(true);
    expect(await page.isChecked(`input[name=model][value=${model}]`)).toBe(true);
    expect(await page.isVisible("#model-warning")).toBe(false);
    await page.check(`input[name=model][value=${model === "bge" ? "minilm" : "bge"}]`);
    await page.waitForSelector("#model-warning:not([hidden])");
    await page.click("nav a[href='#tokenize']");
    await page.waitForSelector("#tokens-list li");
    expect(await page.inputValue("#vocabulary")).toBe(vocabulary);
  }
});
