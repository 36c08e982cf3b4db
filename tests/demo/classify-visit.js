import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useScratch } from "./demo.js";
import { classify, classifyTyped, dropFolder, expectFaithful, scoresIn, trainOnExamples } from "./visitor.js";

/** Examples of two classes. */
const classes = {
  食物: ["早餐丰富，味道不错", "面条太咸了", "水果很新鲜"],
  房间: ["床很软，被子干净", "房间太小，没有窗户", "浴室的水不热"],
};
const seconds = 60_000;

/**
 * Tests in any browser that a visitor classifies a first text with one click, and trains a classifier on typed examples.
 *
 * @param pageAt async function that returns the page at a view, in English
 */
export function testClassifyVisit(pageAt) {
  const scratch = useScratch();

  it("classifies and explains a first text with one click, and warns of another language", async () => {
    const page = await pageAt("#tokenize");
    await page.click("nav a[href='#classify']");
    await page.waitForFunction(() => /The download is 3\d MB/.test(document.querySelector("#ready-note").textContent));
    await page.click(".example");
    await page.waitForSelector("#answer:not([hidden], [aria-busy])");
    expect(await page.inputValue("#sentence")).toBe(await page.textContent(".example"));
    expect((await scoresIn(page, "#probabilities")).positive).toBeGreaterThan(0.5);
    expect(await page.textContent("#model-name")).toBe("Ready classifier of English reviews: negative, positive");
    expect((await classify(page, "What a lovely room, we will come again")).positive).toBeGreaterThan(0.6);
    await expectFaithful(page);
    expect(await page.textContent("#contributions-lead")).toMatch(/the probability of positive, [\d.]+%, changes/);
    expect((await classify(page, "The screen broke and nobody helped us")).negative).toBeGreaterThan(0.6);
    expect(await page.isVisible("#classify-language")).toBe(false);
    await classify(page, "房间很干净");
    expect(await page.textContent("#classify-language")).toMatch(/^The model is for English/);
    // A dropped folder is named.
    const folder = join(scratch.folder, "my-model");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "vocab.txt"), "[UNK]\n");
    await dropFolder(page, "#model-drop", folder);
    await page.waitForFunction(() =>
      document.querySelector("#model-fault").textContent.startsWith("my-model/config.json"),
    );
  });

  it("trains on six typed examples in less than a minute, keeps them, and passes them on to fine-tuning", async () => {
    const page = await pageAt("#type-examples");
    await page.waitForSelector("#example-classes fieldset");
    expect(await trainOnExamples(page, classes)).toBeLessThan(seconds / 1000);
    expect(await page.inputValue("#examples-language")).toBe("zh");
    const scores = await classifyTyped(page, "晚饭的牛肉很好吃");
    expect(scores.食物).toBeGreaterThan(0.5);
    expect((await classifyTyped(page, "空调坏了，卧室很闷")).房间).toBeGreaterThan(0.5);
    await classifyTyped(page, "The bed was soft");
    expect(await page.textContent("#examples-language-note")).toMatch(/^The model is for Chinese/);

    await page.reload();
    await page.waitForSelector("#examples-try:not([hidden])");
    expect(await page.inputValue("#example-classes fieldset textarea")).toBe(classes.食物.join("\n"));
    expect(await classifyTyped(page, "晚饭的牛肉很好吃")).toEqual(scores);
    await page.click("#examples-explain");
    await page.waitForSelector("#explanation:not([hidden])");
    expect(await page.textContent("#model-name")).toBe("Trained here on typed examples: 食物, 房间");

    await page.click("nav a[href='#type-examples']");
    await page.click("#examples-fine-tune");
    await page.waitForSelector("#data-preview select");
  });
}
