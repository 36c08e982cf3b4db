import { BertieError } from "@bertie/common";
import type { Limits } from "./row-options.ts";
import type { RowLayout } from "./template.ts";
import { fitPair } from "./truncation.ts";

/** A range of a text's tokens. */
export type TokenRange = readonly [start: number, end: number];

/** The tokens of each text in a row. */
export type RowRanges = readonly TokenRange[];

/** Limit on the windows of one pair. Two long texts that are both truncated have a window for each pair of their windows. */
const MAX_WINDOWS = 1_000_000;

/**
 * Returns the number of tokens to keep of each text.
 *
 * @param lengths number of tokens in each text
 * @throws BertieError "options/truncation" if the text to truncate has fewer tokens than must be removed
 */
export function keptLengths(lengths: readonly number[], { maxTextTokens, truncation }: Limits): readonly number[] {
  const [first, second] = [lengths[0]!, lengths[1]];
  return second === undefined ? [Math.min(first, maxTextTokens)] : fitPair(first, second, maxTextTokens, truncation);
}

/** Returns the tokens in the first row. */
export function firstRanges(lengths: readonly number[], kept: readonly number[], { side }: Limits): RowRanges {
  return kept.map((count, text) => (side === "right" ? [0, count] : [lengths[text]! - count, lengths[text]!]));
}

/**
 * Checks that windows over truncated texts advance.
 *
 * @throws BertieError "options/stride" if `stride` is not less than the number of tokens kept of a truncated text
 */
export function checkStride(lengths: readonly number[], kept: readonly number[], { stride }: Limits): void {
  if (stride === 0) return;
  const short = kept.find((count, text) => count > 0 && count < lengths[text]! && stride >= count);
  if (short === undefined) return;
  throw new BertieError(
    "options/stride",
    `stride is ${stride}, but rows have ${short} tokens of a truncated text. Expected a whole number from 0 to ${short - 1}.`,
  );
}

/**
 * Returns the tokens in the rows after the first, in the order of Hugging Face's tokenizers.
 *
 * @throws BertieError "input/too-large" if a pair has more than a million windows
 */
export function furtherRanges(
  lengths: readonly number[],
  kept: readonly number[],
  limits: Limits,
  { pieces }: RowLayout,
): RowRanges[] {
  const windows = lengths.map((length, text) => windowsOf(length, kept[text]!, limits));
  if (windows.length === 1) return windows[0]!.slice(1).map((window) => [window]);
  const count = windows[0]!.length * windows[1]!.length;
  if (count > MAX_WINDOWS) {
    throw new BertieError(
      "input/too-large",
      `the pair has ${count} windows, more than ${MAX_WINDOWS}. Set truncation to "onlyFirst" or "onlySecond".`,
    );
  }
  const [outer, inner] = pieces.flatMap((piece) => ("text" in piece ? [piece.text] : [])) as [0 | 1, 0 | 1];
  const row = (one: TokenRange, other: TokenRange): RowRanges => (outer === 0 ? [one, other] : [other, one]);
  const [first, ...later] = windows[outer]!;
  const [, ...others] = windows[inner]!;
  return [
    ...later.flatMap((window) => windows[inner]!.map((other) => row(window, other))),
    ...others.map((other) => row(first!, other)),
  ];
}

/** Returns the windows over a text, of `size` tokens each, starting at the side that is kept. */
function windowsOf(length: number, size: number, { side, stride }: Limits): TokenRange[] {
  if (size >= length || size === 0) return [[0, Math.min(size, length)]];
  const windows: TokenRange[] = [];
  for (let start = 0; ; start += size - stride) {
    const end = Math.min(start + size, length);
    windows.push(side === "right" ? [start, end] : [length - end, length - start]);
    if (end === length) return windows;
  }
}
