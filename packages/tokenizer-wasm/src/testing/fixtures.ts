import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { BertTokenizer, init, type TokenizerOptions } from "../index.ts";

/** A text with its tokens and ids, from the reference implementation. */
export type GoldenRecord = {
  readonly src: string;
  readonly vocab: Language;
  readonly lower: boolean;
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
};

export type Language = "zh" | "en";

/** Where larger reference data lies, or undefined. Tests that need it say so when they skip. */
export const referenceData = process.env.BERTIE_REFERENCE_DATA;

// A build that is not committed yet can be tested: BERTIE_WASM=folder/tokenizer.wasm.
const freshBuild = process.env.BERTIE_WASM;
if (freshBuild) await init(readFileSync(freshBuild));

export function fixture(name: string): Uint8Array {
  return gunzipSync(readFileSync(new URL(`../../fixtures/${name}.gz`, import.meta.url)));
}

export function parseRecords(text: string): GoldenRecord[] {
  const records = text.split("\n").filter((line) => line !== "");
  return records.map((line) => JSON.parse(line) as GoldenRecord).filter((record) => record.text !== undefined);
}

const made = new Map<string, Promise<BertTokenizer>>();

/** A tokenizer with a fixture's vocabulary; made once for the same options. */
export function tokenizerFor(language: Language, options: TokenizerOptions = {}): Promise<BertTokenizer> {
  const key = language + JSON.stringify(options);
  const known = made.get(key) ?? BertTokenizer.fromVocab(fixture(`vocab-${language}.txt`), options);
  made.set(key, known);
  return known;
}

/** A tokenizer with a small vocabulary of one's own. */
export function tinyTokenizer(tokens: readonly string[], options: TokenizerOptions = {}): Promise<BertTokenizer> {
  return BertTokenizer.fromVocab(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...tokens].join("\n"), options);
}
