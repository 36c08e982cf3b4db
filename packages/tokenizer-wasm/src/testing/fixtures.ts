import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { BertTokenizer, init, type TokenizerOptions } from "../index.ts";
import { resolveOptions } from "../options.ts";
import type { TokenizerParts } from "../parts.ts";
import { load, type Runtime } from "../wasm.ts";

/** A text with the tokens and ids that the reference implementation returns. */
export type GoldenRecord = {
  readonly src: string;
  readonly vocab: Language;
  readonly lower: boolean;
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
};

/** Language of a fixture's vocabulary. */
export type Language = "zh" | "en";

/** Directory of larger reference data; undefined if it is not set. Test names state which tests are then skipped. */
export const referenceData = process.env.BERTIE_REFERENCE_DATA;

// To test a build before committing it, set BERTIE_WASM to the path of its tokenizer.wasm.
const uncommittedBuild = process.env.BERTIE_WASM;
if (uncommittedBuild) await init(readFileSync(uncommittedBuild));

/** Reads and decompresses a file of the `fixtures` directory. */
export function fixture(name: string): Uint8Array {
  return gunzipSync(readFileSync(new URL(`../../fixtures/${name}.gz`, import.meta.url)));
}

/** Parses golden records from JSON lines. */
export function parseRecords(text: string): GoldenRecord[] {
  const records = text.split("\n").filter((line) => line !== "");
  return records.map((line) => JSON.parse(line) as GoldenRecord).filter((record) => record.text !== undefined);
}

const tokenizers = new Map<string, Promise<BertTokenizer>>();

/** Returns a tokenizer with a fixture's vocabulary. Tokenizers are cached by language and options. */
export function tokenizerFor(language: Language, options: TokenizerOptions = {}): Promise<BertTokenizer> {
  const key = language + JSON.stringify(options);
  const tokenizer = tokenizers.get(key) ?? BertTokenizer.fromVocab(fixture(`vocab-${language}.txt`), options);
  tokenizers.set(key, tokenizer);
  return tokenizer;
}

/** Creates a tokenizer with the given tokens, whose ids start at 5, after the special tokens. */
export function tinyTokenizer(tokens: readonly string[], options: TokenizerOptions = {}): Promise<BertTokenizer> {
  return BertTokenizer.fromVocab(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...tokens].join("\n"), options);
}

type CreateTokenizer = new (runtime: Runtime, parts: TokenizerParts) => BertTokenizer;

/** Creates a tokenizer with these tokens, whose rows, special tokens and defaults may differ from BERT's. */
export async function tokenizerFrom(
  tokens: readonly string[],
  parts: Omit<TokenizerParts, "vocabulary" | "addedTokens" | "options">,
): Promise<BertTokenizer> {
  const vocabulary = { text: tokens.join("\n"), verbatim: false };
  const options = resolveOptions({});
  return Reflect.construct(BertTokenizer as unknown as CreateTokenizer, [
    await load(),
    { vocabulary, addedTokens: [], options, ...parts },
  ]);
}
