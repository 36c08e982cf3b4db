import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { testClassifyVisit } from "./classify-visit.js";
import { expectAccessible, useDemo } from "./demo.js";
import { classify, expectFaithful } from "./visitor.js";

const open = useDemo();

describe("visit", () => testClassifyVisit(open));

it("answers and explains faithfully in Chinese, and restores the model without a network", async () => {
  const page = await open("#classify", { locale: "zh-CN" });
  await page.waitForFunction(() => /MB/.test(document.querySelector("#ready-note").textContent));
  const scores = await classify(page, "房间很漂亮，下次还来");
  expect(scores.positive).toBeGreaterThan(0.6);
  expect(await page.textContent("#model-name")).toBe("现成分类器（中文评论）：negative, positive");
  await expectFaithful(page);
  await expectAccessible(page);
  await classify(page, "What a lovely room");
  expect(await page.textContent("#classify-language")).toMatch(/^这个模型只适用于中文/);

  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().setOffline(true);
  await page.reload();
  expect(await classify(page, "房间很漂亮，下次还来")).toEqual(scores);
});

it("never shows the answer to an earlier text", async () => {
  const page = await open("#classify");
  await page.click(".example");
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
  it("are saved as a table", async () => {
    const page = await open("#type-examples");
    await page.click("#examples-fill");
    const download = page.waitForEvent("download");
    await page.click("#examples-save");
    const rows = readFileSync(await (await download).path(), "utf8").split("\n");
    expect(rows).toHaveLength(8);
    expect(rows.slice(0, 2)).toEqual(["label\ttext", "praise\tThe staff were friendly and helpful"]);
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
