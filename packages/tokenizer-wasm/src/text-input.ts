import { BertieError } from "@bertie/common";
import type { Core } from "./core.ts";
import type { Runtime } from "./runtime.ts";
import { encodeTexts, type RowOptions } from "./wasm.ts";
import { spansOfWords, wordsOfSpans } from "./word-ids.ts";

/** A text, or the words of a text with `isSplitIntoWords`. */
export type TextInput = string | readonly string[];

/**
 * Checks a text and copies its words.
 *
 * @param error makes the error for anything else
 */
export function readText(given: unknown, isSplit: boolean, error: () => BertieError): TextInput {
  if (!isSplit && typeof given === "string") return given;
  if (!isSplit || !Array.isArray(given)) throw error();
  const words: unknown[] = [...given];
  if (words.every((word) => typeof word === "string")) return words;
  throw error();
}

/**
 * Checks and copies a text and its pair.
 *
 * @throws BertieError "input/not-text"
 */
export function readTexts(given: readonly unknown[], isSplit: boolean): readonly TextInput[] {
  const expected = isSplit
    ? "an array of words. Pass an array of strings for each, or leave out isSplitIntoWords"
    : "a string. Pass a string for each, or set isSplitIntoWords to pass arrays of words";
  const error = () => new BertieError("input/not-text", `the text or its pair is not ${expected}.`);
  return given.map((text) => readText(text, isSplit, error));
}

/** Tokens of one text. */
export type TextTokens = {
  readonly ids: Int32Array;
  /** Start and end of each token in its text or word, shape `[ids.length, 2]`; empty unless requested. */
  readonly spans: Int32Array;
  /** Index of each token's word; undefined unless spans are requested. */
  readonly words: Int32Array | undefined;
};

/** Tokenizers of the module. */
export type TextCores = {
  readonly core: Core;
  /** Encodes each word as one token; undefined if `continues` tells the words. */
  readonly words: Core | undefined;
  /** Returns whether a token continues a word, without invalidating views of the module's memory. */
  readonly continues: (id: number) => boolean;
};

/**
 * Returns the tokens of texts, as views of the module's memory. Words are tokenized as far as needed.
 *
 * @param limit maximum number of tokens per text; a text of several words may return more
 * @param spans whether to return spans and the indices of words
 */
export function tokensOfTexts(
  runtime: Runtime,
  { core, words: wordCore, continues }: TextCores,
  texts: readonly TextInput[],
  limit: number,
  spans: boolean,
): TextTokens[] {
  const options = { frame: undefined, maxLength: limit, spans };
  if (!isUnsplit(texts)) return texts.map((words) => tokensOfWords(runtime, core, words as readonly string[], options));
  const wordSpans = spans && wordCore ? spansOfWords(runtime, wordCore, texts, options) : undefined;
  const rows = encodeTexts(runtime, core, texts, options);
  let start = 0;
  return texts.map((_, row) => {
    const from = start;
    start = rows.rowEnds[row]!;
    const ids = rows.ids.subarray(from, start);
    const tokenSpans = rows.spans.subarray(2 * from, 2 * start);
    const numbers = () => (wordSpans ? wordsOfSpans(tokenSpans, wordSpans[row]!) : numberWords(ids, continues));
    return { ids, spans: tokenSpans, words: spans ? numbers() : undefined };
  });
}

/** Returns, for each token, the index of its word in its text. */
function numberWords(ids: Int32Array, continues: (id: number) => boolean): Int32Array {
  const words = new Int32Array(ids.length);
  let word = -1;
  for (let index = 0; index < ids.length; index++) {
    if (!continues(ids[index]!)) word++;
    words[index] = word;
  }
  return words;
}

function isUnsplit(texts: readonly TextInput[]): texts is readonly string[] {
  return typeof texts[0] === "string";
}

function tokensOfWords(runtime: Runtime, core: Core, words: readonly string[], options: RowOptions): TextTokens {
  const ids: number[] = [];
  const spans: number[] = [];
  const wordIds: number[] = [];
  const step = options.maxLength;
  for (let start = 0; start < words.length && ids.length < step; start += step) {
    const rows = encodeTexts(runtime, core, words.slice(start, start + step), options);
    const first = ids.length;
    for (const id of rows.ids) ids.push(id);
    for (const position of rows.spans) spans.push(position);
    for (const [row, end] of rows.rowEnds.entries()) while (wordIds.length < first + end) wordIds.push(start + row);
  }
  return { ids: Int32Array.from(ids), spans: Int32Array.from(spans), words: Int32Array.from(wordIds) };
}
