import { expect, it } from "vitest";
import { choose, evaluationOf, useScratch } from "./demo.js";
import { classify, setNumber } from "./visitor.js";

const tiny = { model: "tiny", device: "cpu", rows: 160, "held-out": 40, epochs: 2, "train-max-length": 16 };

/**
 * Tests the settings, the description of a table and the report of divergence, in browsers that Playwright controls.
 *
 * @param open async function that opens a view in a new profile
 */
export function testFineTuneVisit(open) {
  const scratch = useScratch();

  it("has settings that follow the preset and the model, are custom once a number changes, and survive a reload", async () => {
    const page = await open("#fine-tune");
    await choose(page, { model: "bge", device: "cpu" });
    const numbers = () =>
      Promise.all(["rows", "train-max-length", "frozen"].map(async (id) => Number(await page.inputValue(`#${id}`))));
    expect(await numbers()).toEqual([800, 32, 3]);
    await page.check("input[name=model][value=minilm]");
    expect(await numbers()).toEqual([1600, 32, 5]);
    await page.check("input[name=preset][value=thorough]");
    expect(await numbers()).toEqual([1_000_000, 128, 0]);
    await setNumber(page, "train-max-length", 48);
    expect(await page.isChecked("input[name=preset][value=custom]")).toBe(true);
    await page.reload();
    await page.waitForFunction(() => document.querySelector("#device").value !== "");
    expect(await page.isChecked("input[name=preset][value=custom]")).toBe(true);
    expect(await page.isChecked("input[name=model][value=minilm]")).toBe(true);
    expect(await numbers()).toEqual([1_000_000, 48, 0]);
    expect(await page.$$eval("#advanced .field", (all) => all.every((field) => field.querySelector(".help")))).toBe(
      true,
    );
  });

  it("describes a table before the training: single classes, empty labels, doubtful columns, other languages", async () => {
    const page = await open("#fine-tune");
    await choose(page, { model: "minilm", device: "cpu" });
    await page.check("input[name=data][value=own]");
    const problems = async (name, text) => {
      await page.setInputFiles("#data-file", scratch.write(name, text));
      await page.waitForFunction((name) => document.querySelector("#data-summary").textContent.startsWith(name), name);
      return page.textContent("#data-problems");
    };
    const lines = (count, line) => Array.from({ length: count }, (_, i) => line(i)).join("\n");
    expect(await problems("one.csv", `text,label\n${lines(20, (i) => `text ${i},good`)}`)).toMatch(
      /All rows have the label “good”/,
    );
    expect(await problems("empty.csv", `text,label\n${lines(20, (i) => `text ${i},${i === 4 ? "" : i % 2}`)}`)).toMatch(
      /Rows without a label: 1, the first one in line 6/,
    );
    expect(
      await problems("rare.csv", `text,label\n${lines(20, (i) => `text ${i},${i === 4 ? "rare" : i % 2}`)}`),
    ).toMatch(/Classes with a single row: rare/);
    expect(await problems("two.csv", `a,b,c\n${lines(40, (i) => `${i % 2},${i % 3},some text ${i} here`)}`)).toMatch(
      /several columns may be the label.*Choose the column of the texts/,
    );
    expect(await page.isVisible("#model-warning")).toBe(false);
    await problems("zh.csv", `text,label\n${lines(20, (i) => `房间很干净 ${i},${i % 2}`)}`);
    expect(await page.textContent("#model-warning")).toMatch(
      /^The texts look Chinese, but this base model was pre-trained on English/,
    );
  });

  it("reports training that diverges", { timeout: 240_000 }, async () => {
    const page = await open("#fine-tune");
    await choose(page, { ...tiny, epochs: 4, "learning-rate": 1 });
    await page.click("#start");
    await page.waitForSelector("#train-divergence:not([hidden]), #train-fault:not([hidden])");
    const reports = await page.$$eval("#train-divergence, #train-fault", (all) =>
      all.map(({ textContent }) => textContent),
    );
    expect(reports.join("")).toMatch(/training is diverging|not finite|is NaN/);
    await page.click("#stop").catch(() => {});
  });
}

/**
 * Tests training in full storage, and the figures that the page shows while training, in browsers that Playwright controls.
 *
 * @param open async function that opens a view in a new profile
 * @param fill async function that leaves the opened page less storage than a run needs
 */
export function testFullStorage(open, fill = async () => {}) {
  it("that is full does not stop the training, which is reported as not saved", { timeout: 240_000 }, async () => {
    const page = await open("#fine-tune");
    await choose(page, { ...tiny, data: "reviews-en", epochs: 4 });
    await fill(page);
    await page.evaluate(() => {
      globalThis.figures = [];
      const observed = ["figure-loss", "figure-left"].map((id) => document.getElementById(id));
      const observer = new MutationObserver(() => figures.push(observed.map(({ textContent }) => textContent)));
      for (const figure of observed) observer.observe(figure, { childList: true, characterData: true, subtree: true });
    });
    await page.click("#start");
    await page.waitForSelector("#train-unsaved:not([hidden])");
    expect(await page.textContent("#train-unsaved")).toMatch(
      /^This browser has no more storage for this page\. Training continues/,
    );
    await evaluationOf(page, 180_000);
    // The remaining time is only shown once steps have been measured.
    const figures = await page.evaluate(() => globalThis.figures);
    expect(figures.filter(([loss, left]) => loss === "–" && left !== "–")).toEqual([]);
    expect(figures.filter(([, left]) => left !== "–")).not.toEqual([]);
    await page.click("nav a[href='#classify']");
    await page.waitForSelector("#save-model:not([hidden])");
    // A model from scratch has the vocabulary of the language of the texts.
    await classify(page, "房间很干净");
    expect(await page.textContent("#classify-language")).toMatch(/^The model is for English/);
  });
}
