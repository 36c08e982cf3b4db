import { readFileSync, statSync } from "node:fs";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { describe, expect, it } from "vitest";
import { expectAccessible, ROOT, useDemo, useScratch } from "./demo.js";
import { saved, testEncodedFiles } from "./file-visit.js";
import { expectIds, idsOn, testTokenizeVisit, tokenizeWhileTyping } from "./tokenize-visit.js";

const open = useDemo();
const scratch = useScratch();
const vocabulary = readFileSync(`${ROOT}/examples/models/bge-small-zh-v1.5/vocab.txt`);
const tokenizer = await BertTokenizer.fromVocab(vocabulary, { lowercase: true });
const reviews = readFileSync(`${ROOT}/examples/data/reviews/train.tsv`, "utf8").replace(/^.*?\t/gm, "");

/** Address of the view with the Chinese vocabulary, which visitors in English have to select. */
const CHINESE = "#tokenize?text=&vocabulary=zh";

describe("visit", () => testTokenizeVisit(open));

describe("typed text", () => {
  it("is shown with the ids of its tokens and the text of each token", async () => {
    const page = await open(CHINESE);
    const text = "Café 房间很干净! unaffable 😀";
    await page.fill("#text", text);
    const { ids, tokens } = tokenizer.encode(text);
    await expectIds(page, ids);
    const spans = await page.$$eval("#tokens-text span", (all) => all.map(({ textContent }) => textContent));
    expect(spans).toHaveLength(tokens.length - 2);
    expect(spans[0]).toBe("Café");
    expect(await page.textContent("#tokens-text")).toBe(text);
  });

  it("is tokenized again when the pair, length, special tokens, lowercasing or vocabulary change", async () => {
    const page = await open(CHINESE);
    await page.fill("#text", "Hello World 好");
    await page.fill("#pair", "再见");
    await expectIds(page, tokenizer.encode("Hello World 好", { pair: "再见" }).ids);
    await page.fill("#max-length", "5");
    await expectIds(page, tokenizer.encode("Hello World 好", { pair: "再见", maxLength: 5 }).ids);
    await page.uncheck("#special");
    const options = { pair: "再见", maxLength: 5, addSpecialTokens: false };
    await expectIds(page, tokenizer.encode("Hello World 好", options).ids);
    await page.uncheck("#lowercase");
    const cased = await BertTokenizer.fromVocab(vocabulary, { lowercase: false });
    await expectIds(page, cased.encode("Hello World 好", options).ids);
    await page.check("#lowercase");
    await page.selectOption("#vocabulary", "en");
    await page.fill("#max-length", "");
    await page.check("#special");
    await page.fill("#pair", "");
    await page.fill("#text", "Hello world");
    await expectIds(page, [101, 7592, 2088, 102]);
  });
});

describe("sharing", () => {
  it("has an address that holds the text and the options", async () => {
    const page = await open(
      "#tokenize?text=Hello+W%C3%B6rld&pair=b&vocabulary=en&second=zh&lowercase=no&special=no&length=3",
    );
    await page.waitForSelector("#tokens-list-2 li");
    expect(await page.inputValue("#text")).toBe("Hello Wörld");
    expect(await idsOn(page)).toHaveLength(3);
    expect([await page.isChecked("#lowercase"), await page.isChecked("#special")]).toEqual([false, false]);
    await page.fill("#text", "a&b=c 😀\n#");
    await page.waitForFunction(() => new URLSearchParams(location.hash.split("?")[1]).get("text") === "a&b=c 😀\n#");
    const copy = await open(new URL(page.url()).hash);
    await copy.waitForSelector("#tokens-list-2 li");
    expect(await copy.inputValue("#text")).toBe("a&b=c 😀\n#");
    expect(await idsOn(copy)).toEqual(await idsOn(page));
  });

  it("copies ids, tokens, JSON and a link, also of tokens that are not shown", async () => {
    const page = await open(CHINESE);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.fill("#text", "😀 好".repeat(2000));
    await page.waitForFunction(() => /first 2,000 shown/.test(document.querySelector("#tokens-summary").textContent));
    expect(await page.textContent("#tokens-summary")).toMatch(/, 6,000 characters,/);
    const copied = async (format) => {
      await page.evaluate(() => navigator.clipboard.writeText(""));
      await page.click(`#copy-${format}`);
      await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const { ids, tokens } = tokenizer.encode("😀 好".repeat(2000));
    expect(JSON.parse(await copied("ids"))).toEqual(ids);
    expect(await copied("tokens")).toBe(tokens.join(" "));
    const json = JSON.parse(await copied("json"));
    expect([json.input_ids, json.offset_mapping[2]]).toEqual([ids, [2, 3]]);
    await page.fill("#text", "好");
    await page.waitForFunction(() => location.hash.includes("%E5%A5%BD"));
    expect(await copied("link")).toBe(page.url());
  });
});

describe("file", () => {
  it("of 20 MB is tokenized while the page responds within 100 ms", async () => {
    const page = await open("#tokenize?text=a&vocabulary=zh");
    const lines = reviews.repeat(Math.ceil(20e6 / Buffer.byteLength(reviews)));
    const path = scratch.write("corpus.txt", lines);
    expect(statSync(path).size).toBeGreaterThan(20e6);
    const longest = await tokenizeWhileTyping(page, path, { text: "room 12", ids: tokenizer.encode("room 12").ids });
    expect(longest).toBeLessThan(100);

    const { ids, rowOffsets } = tokenizer.encodeLines(new TextEncoder().encode(lines));
    const status = await page.textContent("#corpus-status");
    expect(status).toContain(
      `${(rowOffsets.length - 1).toLocaleString("en")} lines, ${ids.length.toLocaleString("en")} tokens`,
    );
    const [bin, index] = await saved(page, ["corpus.bin", "corpus.idx.npy"]);
    expect(Buffer.compare(bin, Buffer.from(Uint16Array.from(ids).buffer))).toBe(0);
    expect(index.toString("latin1", 1, 6)).toBe("NUMPY");
    const rowStarts = new BigUint64Array(index.buffer.slice(index.byteOffset + 128, index.byteOffset + index.length));
    expect(rowStarts.length).toBe(rowOffsets.length);
    expect(rowStarts.at(-1)).toBe(BigInt(ids.length));
    expect(rowStarts.every((offset, row) => Number(offset) === rowOffsets[row])).toBe(true);
  });

  testEncodedFiles(open);

  it("is refused if it is binary", async () => {
    const page = await open();
    for (const [hex, message] of [
      ["504b0304140000000800000021005b436f6e74656e745f54797065735d2e786d6c", /found an Excel workbook/],
      ["7f454c46020101000000000000000000", /found binary data/],
    ]) {
      await page.setInputFiles("#corpus-file", scratch.write("data.txt", Buffer.from(hex, "hex")));
      await expect.poll(() => page.textContent("#corpus-fault"), { timeout: 20_000 }).toMatch(message);
      expect(await page.isVisible("#corpus-run")).toBe(false);
    }
  });

  it("is converted to JSON Lines, and lines that are not valid UTF-8 are counted", async () => {
    const page = await open(CHINESE);
    await page.selectOption("#corpus-format", "jsonl");
    const good = "好 a，房间很干净，服务也好，下次还来，早餐丰富";
    const bytes = Buffer.concat([Buffer.from(`${good}\n`), Buffer.from([0xff, 0x0a]), Buffer.from("b")]);
    await page.setInputFiles("#corpus-file", scratch.write("small.txt", bytes));
    const [file] = await saved(page, ["small.jsonl"]);
    const rows = file
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).ids);
    expect(rows).toEqual([good, "", "b"].map((text) => tokenizer.encode(text).ids));
    expect(await page.textContent("#corpus-invalid")).toMatch(/^Lines with invalid UTF-8: 1\./);
  });
});

it("loads another tokenizer for a comparison, and shows the lines that differ", async () => {
  const page = await open();
  await page.waitForSelector("#tokens-list li");
  const requested = [];
  page.context().on("request", (request) => requested.push(request.url()));
  await page.fill("#text", "房间很干净\nx[SEP]y");
  expect(requested.filter((url) => /tokenizers-/.test(url))).toEqual([]);
  await page.click("#compare");
  await page.waitForSelector("#compare-result table");
  expect(await page.textContent("#compare-result")).toMatch(/Lines with different ids: 1 of 2\./);
  await expectAccessible(page);
});
