import { readFileSync } from "node:fs";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { expect, it } from "vitest";
import { ROOT, useScratch } from "./demo.js";

/**
 * Tests files in other encodings than UTF-8, in browsers that Playwright controls.
 *
 * @param open async function that opens a view in a new profile
 * @param options.downloads whether Playwright can read the files that the page saves
 */
export function testEncodedFiles(open, { downloads = true } = {}) {
  const scratch = useScratch();

  it.each([
    ["UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le"), "UTF-16LE"],
    [
      "GBK",
      () => Buffer.from("b7bfbce4badcb8c9beb4a3acb7fecef1d2b2bac3a3accfc2b4ceebb9c0b40a".repeat(20), "hex"),
      "gb18030 (guessed)",
    ],
  ])("in %s is converted as tables are", async (_, encode, encoding) => {
    const page = await open("#tokenize?text=&vocabulary=zh");
    const vocabulary = readFileSync(`${ROOT}/examples/models/bge-small-zh-v1.5/vocab.txt`);
    const tokenizer = await BertTokenizer.fromVocab(vocabulary, { lowercase: true });
    await page.selectOption("#corpus-format", "jsonl");
    const line = "房间很干净，服务也好，下次还来";
    const bytes = encode(`${line}\n`.repeat(20));
    await page.setInputFiles("#corpus-file", scratch.write("encoded.txt", bytes));
    const [first] = new TextDecoder(encoding.split(" ")[0]).decode(bytes).split("\n");
    const { ids } = tokenizer.encode(first);
    await page.waitForSelector("#corpus-files a");
    expect(await page.textContent("#corpus-status")).toContain(`20 lines, ${20 * ids.length} tokens`);
    expect(await page.textContent("#corpus-invalid")).toBe(`Encoding: ${encoding}`);
    if (!downloads) return;
    const [file] = await saved(page, ["encoded.jsonl"]);
    expect(JSON.parse(file.toString().split("\n")[0]).ids).toEqual(ids);
  });
}

/** Downloads the files of the page by name and returns their contents. */
export async function saved(page, names) {
  await page.waitForSelector("#corpus-files a");
  expect(await page.$$eval("#corpus-files a", (links) => links.map(({ download }) => download))).toEqual(names);
  const files = [];
  for (const name of names) {
    const download = page.waitForEvent("download");
    await page.click(`#corpus-files a[download="${name}"]`);
    files.push(readFileSync(await (await download).path()));
  }
  return files;
}
