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
 * Checks and copies a text and its pair, if there is one.
 *
 * @throws BertieError "input/not-text"
 */
export function readTexts(text: unknown, pair: unknown, isSplit: boolean): readonly TextInput[] {
  const error = () => {
    const expected = isSplit
      ? "an array of words. Pass an array of strings for each, or leave out isSplitIntoWords"
      : "a string. Pass a string for each, or set isSplitIntoWords to pass arrays of words";
    return new BertieError("input/not-text", `the text or its pair is not ${expected}.`);
  };
  const first = readText(text, isSplit, error);
  return pair === undefined ? [first] : [first, readText(pair, isSplit, error)];
}

/** Tokens of one text, in arrays that may contain other values. */
export type TextTokens = {
  /** Number of tokens. */
  readonly count: number;
  /** Array with the token ids, and the position of the first. */
  readonly ids: Int32Array;
  readonly idsStart: number;
  /**
   * Array with the start and end of each token in its text or word, shape `[count, 2]`, if requested, and the position of the
   * first.
   */
  readonly spans: Int32Array;
  readonly spansStart: number;
  /** Index of each token's word, shape `[count]`; undefined unless spans are requested, or if prefixes of tokens tell words. */
  readonly words: Int32Array | undefined;
};

/** Tokenizers of the module. */
export type TextCores = {
  readonly runtime: Runtime;
  readonly core: Core;
  /** Returns a tokenizer that encodes each word as one token; undefined if prefixes of tokens tell words. */
  readonly words: () => Core | undefined;
};

/**
 * Returns the tokens of texts, in the module's memory. Words are tokenized as far as needed.
 *
 * @param limit maximum number of tokens per text; a text of several words may return more
 * @param spans whether to return spans and the indices of words
 */
export function tokensOfTexts(
  { runtime, core, words: wordCore }: TextCores,
  texts: readonly TextInput[],
  limit: number,
  spans: boolean,
): TextTokens[] {
  const options = { frame: undefined, maxLength: limit, spans };
  if (!isUnsplit(texts)) return texts.map((words) => tokensOfWords(runtime, core, words as readonly string[], options));
  const words = spans ? wordCore() : undefined;
  const wordSpans = words && spansOfWords(runtime, words, texts, options);
  const rows = encodeTexts(runtime, core, texts, options);
  const { memory } = rows;
  const tokens: TextTokens[] = [];
  for (let row = 0, start = 0; row < texts.length; row++) {
    const end = memory[rows.rowEnds + row]!;
    const [count, spansStart] = [end - start, rows.spans + 2 * start];
    const words = wordSpans && wordsOfSpans(memory.subarray(spansStart, spansStart + 2 * count), wordSpans[row]!);
    tokens.push({ count, ids: memory, idsStart: rows.ids + start, spans: memory, spansStart, words });
    start = end;
  }
  return tokens;
}

/** Returns a copy that later calls of the module do not change. */
export function copyTokens({ count, ids, idsStart, spans, spansStart, words }: TextTokens): TextTokens {
  return {
    count,
    ids: ids.slice(idsStart, idsStart + count),
    idsStart: 0,
    spans: spans.slice(spansStart, spansStart + 2 * count),
    spansStart: 0,
    words,
  };
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
    const { memory, tokens, rowEnds } = rows;
    const first = ids.length;
    for (let token = 0; token < tokens; token++) ids.push(memory[rows.ids + token]!);
    for (let i = 0; options.spans && i < 2 * tokens; i++) spans.push(memory[rows.spans + i]!);
    for (let row = 0; row < rows.size; row++)
      while (wordIds.length < first + memory[rowEnds + row]!) wordIds.push(start + row);
  }
  const arrays = { ids: Int32Array.from(ids), spans: Int32Array.from(spans), words: Int32Array.from(wordIds) };
  return { ...arrays, count: ids.length, idsStart: 0, spansStart: 0 };
}
