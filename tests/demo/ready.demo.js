import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectAccessible, useDemo } from "./demo.js";
import { classify, classifyTyped, trainOnExamples } from "./visitor.js";

const open = useDemo();

const visits = [
  {
    locale: "en-GB",
    good: "What a lovely room, we will come again",
    bad: "The screen broke and nobody helped us",
    foreign: "房间很干净",
    warning: /^The model is for English/,
    name: "Ready classifier of English reviews: negative, positive",
  },
  {
    locale: "zh-CN",
    good: "房间很漂亮，下次还来",
    bad: "屏幕坏了，没有人管，太失望了",
    foreign: "What a lovely room",
    warning: /^这个模型只适用于中文/,
    name: "现成分类器（中文评论）：negative, positive",
  },
];

describe.each(visits)("empty visit in the language $locale", ({ locale, good, bad, foreign, warning, name }) => {
  it("leads to a first classification with one click, and explains it faithfully", async () => {
    const page = await open("", { locale });
    await page.click("nav a[href='#classify']");
    await page.waitForFunction(() => /MB/.test(document.querySelector("#ready-note").textContent));
    const scores = await classify(page, good);
    expect(scores.positive).toBeGreaterThan(0.6);
    expect(await page.textContent("#model-name")).toBe(name);
    await page.waitForSelector("#explanation:not([hidden])");
    await expectFaithful(page);
    if (locale === "en-GB") await expectAccessible(page);

    expect((await classify(page, bad)).negative).toBeGreaterThan(0.6);
    expect(await page.isVisible("#classify-language")).toBe(false);
    await classify(page, foreign);
    expect(await page.textContent("#classify-language")).toMatch(warning);

    // The model is restored on the next visit, also without a network.
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.context().setOffline(true);
    await page.reload();
    expect(await classify(page, good)).toEqual(scores);
  });
});

/** Hides each word in turn by [MASK], and compares the probability with the one that the explanation gives without the word. */
async function expectFaithful(page) {
  const rows = await page.$$eval("#contributions-table tr", (all) =>
    all.map((row) => ({ word: row.cells[0].textContent, without: Number.parseFloat(row.cells[1].textContent) })),
  );
  expect(rows.length).toBeGreaterThan(5);
  const text = await page.inputValue("#sentence");
  const label = await page.inputValue("#explained");
  let at = 0;
  for (const { word, without } of rows.slice(0, 3)) {
    const start = text.indexOf(word, at);
    at = start + word.length;
    const scores = await classify(page, `${text.slice(0, start)} [MASK] ${text.slice(at)}`);
    expect(Math.abs(100 * scores[label] - without)).toBeLessThan(0.06);
  }
  await classify(page, text);
  await page.waitForSelector("#explanation:not([hidden])");
}

it("never shows the answer to an earlier text", async () => {
  const page = await open("#classify");
  await page.click(".example:has-text('room')");
  await page.waitForSelector("#answer:not([hidden], [aria-busy])");
  const expected = await classify(page, "The plot makes no sense");
  // Every state of the answer that is not marked as busy must belong to the text that is shown.
  await page.evaluate(() => {
    globalThis.answers = [];
    const answer = document.querySelector("#answer");
    new MutationObserver(() => {
      if (answer.hidden || answer.hasAttribute("aria-busy")) return;
      const texts = [...document.querySelectorAll("#probabilities li")].map(({ textContent }) => textContent);
      answers.push([document.querySelector("#sentence").value, texts.join()]);
    }).observe(answer, { subtree: true, childList: true, attributes: true });
  });
  await page.focus("#sentence");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("A slow film, but the ending is wonderful", { delay: 30 });
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText("The plot makes no sense");
  await page.waitForFunction(() => answers.at(-1)?.[0] === "The plot makes no sense");
  expect(await classify(page, "The plot makes no sense")).toEqual(expected);
  const shown = new Map();
  for (const [text, bars] of await page.evaluate("answers")) {
    expect(shown.get(text) ?? bars).toBe(bars);
    shown.set(text, bars);
  }
  // A text that is cleared while its answer is computed shows no answer.
  await page.fill("#sentence", "A warm and funny film with a wonderful cast");
  await page.waitForTimeout(160);
  await page.fill("#sentence", "");
  await page.waitForTimeout(1000);
  expect(await page.isVisible("#answer")).toBe(false);
});

describe("typed examples", () => {
  const classes = {
    食物: ["早餐丰富，味道不错", "面条太咸了", "水果很新鲜"],
    房间: ["床很软，被子干净", "房间太小，没有窗户", "浴室的水不热"],
  };

  it("train a classifier in less than a minute, are kept, and become a table to fine-tune on", async () => {
    const page = await open("#type-examples");
    await page.waitForSelector("#example-classes fieldset");
    expect(await trainOnExamples(page, classes)).toBeLessThan(60);
    expect(await page.inputValue("#examples-language")).toBe("zh");
    const scores = await classifyTyped(page, "晚饭的牛肉很好吃");
    expect(scores.食物).toBeGreaterThan(0.5);
    expect((await classifyTyped(page, "空调坏了，卧室很闷")).房间).toBeGreaterThan(0.5);
    await classifyTyped(page, "The bed was soft");
    expect(await page.textContent("#examples-language-note")).toMatch(/^The model is for Chinese/);
    await expectAccessible(page);

    const download = page.waitForEvent("download");
    await page.click("#examples-save");
    expect(readFileSync(await (await download).path(), "utf8")).toBe(
      `label\ttext\n${Object.entries(classes)
        .flatMap(([name, texts]) => texts.map((text) => `${name}\t${text}\n`))
        .join("")}`,
    );

    await page.reload();
    expect(await page.locator("#example-classes textarea").first().inputValue()).toBe(classes.食物.join("\n"));
    await page.waitForSelector("#examples-try:not([hidden])");
    expect(await classifyTyped(page, "晚饭的牛肉很好吃")).toEqual(scores);
    await page.click("#examples-explain");
    await page.waitForSelector("#explanation:not([hidden])");
    expect(await page.textContent("#model-name")).toBe("Trained here on typed examples: 食物, 房间");

    await page.click("nav a[href='#type-examples']");
    await page.click("#examples-fine-tune");
    await page.waitForSelector("#data-preview select");
    expect(await page.textContent("#data-summary")).toMatch(/examples\.tsv.*6.*食物/s);
  });

  it("are rejected without a name, with the same name twice, and without a text", async () => {
    const page = await open("#type-examples");
    await page.waitForSelector("#example-classes fieldset");
    const faultOf = async (...cards) => {
      for (const [i, [name, texts]] of cards.entries()) {
        await page.locator("#example-classes input").nth(i).fill(name);
        await page.locator("#example-classes textarea").nth(i).fill(texts);
      }
      await page.click("#examples-train");
      await page.waitForSelector("#examples-fault:not([hidden])");
      return page.textContent("#examples-fault");
    };
    expect(await faultOf(["", "a"], ["b", "b"])).toBe("Class 1 has no name. Enter a name.");
    expect(await faultOf(["b", "a"], ["b ", "b"])).toMatch(/^Two classes are named “b”/);
    expect(await faultOf(["a", "a"], ["b", " \n"])).toMatch(/^Class “b” has no examples/);
  });
});
