import { expect, it } from "vitest";
import { useScratch } from "./demo.js";

/** Address of the view with the Chinese vocabulary, which visitors in English have to select. */
const CHINESE = "#tokenize?text=&vocabulary=zh";

/** Returns the ids that the page shows. */
export const idsOn = (page) =>
  page.$$eval("#tokens-list .id", (all) => all.map(({ textContent }) => Number(textContent)));
export const expectIds = (page, ids) => expect.poll(() => idsOn(page), { timeout: 20_000 }).toEqual(ids);

/**
 * Tests custom vocabularies, the link between tokens and text, and a huge line, in browsers that Playwright controls.
 *
 * @param open async function that opens a view in a new profile
 */
export function testTokenizeVisit(open) {
  const scratch = useScratch();

  it("can use a custom vocab.txt or tokenizer.json, and an invalid one shows an error message", async () => {
    const page = await open();
    await page.selectOption("#vocabulary", "own");
    const own = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n";
    await page.setInputFiles("#vocabulary-file", scratch.write("vocab.txt", own));
    await page.fill("#text", "hello you world");
    await expectIds(page, [2, 4, 1, 5, 3]);

    const json = {
      normalizer: { type: "BertNormalizer", lowercase: false },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] },
      model: { type: "WordPiece", vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, Hello: 4, hello: 5 } },
    };
    await page.setInputFiles("#vocabulary-file", scratch.write("tokenizer.json", JSON.stringify(json)));
    await page.fill("#text", "Hello hello");
    await expectIds(page, [2, 4, 5, 3]);
    expect(await page.isChecked("#lowercase")).toBe(false);

    await page.setInputFiles("#vocabulary-file", scratch.write("broken.txt", "a\nb\n"));
    await page.waitForSelector("#tokenize-fault:not([hidden])");
    expect(await page.textContent("#tokenize-fault")).toMatch(
      /^broken\.txt: the vocabulary has 2 tokens but lacks \[UNK\]/,
    );
    // The last good vocabulary stays.
    await page.fill("#text", "hello");
    await expectIds(page, [2, 5, 3]);
    await page.waitForSelector("#tokenize-fault:not([hidden])");
  });

  it("links each token to its text, and shows white space", async () => {
    const page = await open(CHINESE);
    await page.fill("#text", "a\u200b  好\n");
    await page.waitForSelector("#tokens-list [data-token='2']");
    await page.hover("#tokens-list [data-token='2']");
    expect(await page.textContent("#tokens-text .lit")).toBe("好");
    await page.hover("#tokens-text [data-token='1']");
    expect(await page.textContent("#tokens-list .lit")).toMatch(/^a/);
    const marks = await page.$$eval("#tokens-text .mark", (all) => all.map(({ dataset }) => dataset.mark));
    expect(marks).toEqual(["U+200B", "·", "·", "↵"]);
  });

  it("stays responsive with a line of 20 MB in the text field, and tokenizes all of it", async () => {
    const page = await open(CHINESE);
    await page.waitForSelector("#tokens-list li");
    await watchDelays(page);
    await page.evaluate(() => {
      const line = "房间 room ".repeat(1_500_000);
      const data = new DataTransfer();
      data.setData("text/plain", line);
      const field = document.querySelector("#text");
      field.dispatchEvent(
        new InputEvent("beforeinput", {
          bubbles: true,
          cancelable: true,
          inputType: "insertFromPaste",
          dataTransfer: data,
        }),
      );
    });
    await page.waitForSelector("#corpus-files a");
    expect(await page.evaluate(() => globalThis.longest)).toBeLessThan(1000);
    expect(await page.textContent("#corpus-status")).toMatch(/^text\.txt: 1 lines, 4,500,002 tokens/);
    expect(await page.textContent("#tokenize-warning")).toMatch(/^The text has 12,000,000 characters\./);
    expect((await page.inputValue("#text")).length).toBe(100_000);
    await page.fill("#text", "room");
    await expectIds(page, [101, 10083, 102]);
  });
}

/**
 * Tokenizes a file three times or until the page responds within 100 ms, and checks that typed text is tokenized meanwhile.
 *
 * @returns the longest delay of the best attempt in milliseconds, because any page may wait for a core on a busy machine
 */
export async function tokenizeWhileTyping(page, path, { text, ids }) {
  await page.waitForSelector("#tokens-list li");
  await watchDelays(page);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && best >= 100; i++) {
    await page.evaluate(() => {
      globalThis.longest = 0;
      document.querySelector("#corpus-files").replaceChildren();
    });
    await page.setInputFiles("#corpus-file", path);
    await page.fill("#text", "");
    await page.locator("#text").pressSequentially(text, { delay: 40 });
    await expectIds(page, ids);
    await page.waitForSelector("#corpus-files a");
    best = Math.min(best, await page.evaluate(() => globalThis.longest));
  }
  return best;
}

/**
 * Records the longest delay of the page in `longest`, in milliseconds: the longest task, and the longest time from an input event
 * to the next paint; in browsers that do not measure tasks, the longest time between two timers.
 */
async function watchDelays(page) {
  await page.evaluate(() => {
    globalThis.longest = 0;
    if (!PerformanceObserver.supportedEntryTypes.includes("longtask")) {
      let last = performance.now();
      setInterval(() => {
        globalThis.longest = Math.max(globalThis.longest, performance.now() - last);
        last = performance.now();
      }, 5);
      return;
    }
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
    });
    observer.observe({ type: "longtask" });
    observer.observe({ type: "event", durationThreshold: 16 });
  });
}
