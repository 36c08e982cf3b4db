import { expect, it } from "vitest";

/**
 * Tests the texts and the suggestions in both languages, in browsers that Playwright controls.
 *
 * @param open async function that opens a view in a new profile, in a locale
 */
export function testLanguages(open) {
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
}
