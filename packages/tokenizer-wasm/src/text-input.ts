import { BertieError } from "@bertie/common";
import { type Core, encodeTexts, type Runtime } from "./wasm.ts";

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
  /** Index of each token's word, if the text was split into words. */
  readonly words: Int32Array | undefined;
};

/**
 * Returns a copy of the tokens of a text. Words are tokenized as far as needed.
 *
 * @param limit maximum number of tokens; a text of several words may return more
 */
export function encodeText(runtime: Runtime, core: Core, text: TextInput, limit: number, spans: boolean): TextTokens {
  const options = { frame: undefined, maxLength: limit, spans };
  if (typeof text === "string") {
    const rows = encodeTexts(runtime, core, [text], options);
    return { ids: rows.ids.slice(), spans: rows.spans.slice(), words: undefined };
  }
  const ids: number[] = [];
  const positions: number[] = [];
  const words: number[] = [];
  for (let start = 0; start < text.length && ids.length < limit; start += limit) {
    const rows = encodeTexts(runtime, core, text.slice(start, start + limit), options);
    for (const id of rows.ids) ids.push(id);
    for (const position of rows.spans) positions.push(position);
    for (const [row, end] of rows.rowEnds.entries())
      while (words.length < ids.length - rows.ids.length + end) words.push(start + row);
  }
  return { ids: Int32Array.from(ids), spans: Int32Array.from(positions), words: Int32Array.from(words) };
}
