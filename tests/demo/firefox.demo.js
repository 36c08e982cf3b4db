import { readFileSync } from "node:fs";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { describe, expect, it } from "vitest";
import { testClassifyVisit } from "./classify-visit.js";
import { ROOT, useDemo, useScratch } from "./demo.js";
import { testEncodedFiles } from "./file-visit.js";
import { testFineTuneVisit, testFullStorage } from "./fine-tune-visit.js";
import { testLanguages } from "./languages.js";
import { testLooks } from "./looks.js";
import { testVisit } from "./other-browsers.js";
import { testTokenizeVisit, tokenizeWhileTyping } from "./tokenize-visit.js";
import { expectUncovered } from "./visitor.js";

describe("Firefox", () => {
  const open = useDemo({ browser: "firefox" });
  const scratch = useScratch();
  testClassifyVisit(open);
  testVisit(open, { storesFiles: true });
  testTokenizeVisit(open);
  describe("file", () => testEncodedFiles(open, { downloads: false }));
  testFineTuneVisit(open);
  testLanguages(open);

  it.each(["tokenize", "type-examples"])("has no control that the header hides in the view %s", async (view) => {
    await expectUncovered(await open(`#${view}`, { height: 500 }), view);
  });

  it("copies ids, tokens and a link", async () => {
    const page = await open("#tokenize?text=Hi+you&vocabulary=en");
    await page.waitForSelector("#tokens-list li");
    for (const [format, copied] of [
      ["ids", "[101, 7632, 2017, 102]"],
      ["tokens", "[CLS] hi you [SEP]"],
      ["link", page.url()],
    ]) {
      await page.click(`#copy-${format}`);
      await page.waitForSelector(`#copy-${format}:has-text("Copied")`);
      // Firefox lets no page read the clipboard, so the text is pasted.
      await page.evaluate(() => {
        const field = document.createElement("textarea");
        document.body.append(field);
        field.id = "pasted";
        field.focus();
      });
      await page.keyboard.press("ControlOrMeta+V");
      await expect.poll(() => page.inputValue("#pasted")).toBe(copied);
      await page.evaluate(() => document.querySelector("#pasted").remove());
    }
  });

  it("tokenizes a file of 20 MB while the page responds within 100 ms", async () => {
    const vocabulary = readFileSync(`${ROOT}/examples/models/bge-small-zh-v1.5/vocab.txt`);
    const tokenizer = await BertTokenizer.fromVocab(vocabulary, { lowercase: true });
    const reviews = readFileSync(`${ROOT}/examples/data/reviews/train.tsv`, "utf8").replace(/^.*?\t/gm, "");
    const lines = reviews.repeat(Math.ceil(20e6 / Buffer.byteLength(reviews)));
    const page = await open("#tokenize?text=a&vocabulary=zh");
    const typed = { text: "room 12", ids: tokenizer.encode("room 12").ids };
    expect(await tokenizeWhileTyping(page, scratch.write("corpus.txt", lines), typed)).toBeLessThan(100);
  });
});

describe("look of Firefox", () => testLooks("firefox"));

describe("storage of Firefox", () => {
  // In KB; all pages share it.
  testFullStorage(
    useDemo({ browser: "firefox", preferences: { "dom.quotaManager.temporaryStorage.fixedLimit": 1000 } }),
  );
});
