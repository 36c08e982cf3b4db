import { BertieError } from "@bertie/common";

/** Which text of a pair gives way when both do not fit; of a single text it is always the end. */
export type Truncation = "longestFirst" | "onlyFirst" | "onlySecond";

/**
 * How many tokens of each text are kept, so that both fit into `limit`.
 *
 * "longestFirst" takes tokens off the end of the longer text, of the second when they are equally long: one by one in
 * `run_classifier`'s `_truncate_seq_pair`, at once here.
 */
export function fitPair(first: number, second: number, limit: number, truncation: Truncation): [number, number] {
  const excess = first + second - limit;
  if (excess <= 0) return [first, second];
  if (truncation === "onlyFirst") return [fitOne(first, excess, "first"), second];
  if (truncation === "onlySecond") return [first, fitOne(second, excess, "second")];
  const difference = first - second;
  if (excess <= Math.abs(difference)) return difference > 0 ? [first - excess, second] : [first, second - excess];
  const rest = excess - Math.abs(difference);
  const level = Math.min(first, second);
  return [level - Math.floor(rest / 2), level - Math.ceil(rest / 2)];
}

function fitOne(length: number, excess: number, which: string): number {
  if (excess <= length) return length - excess;
  throw new BertieError(
    "options/truncation",
    `the ${which} text has ${length} tokens, but ${excess} must go: raise maxLength or use truncation "longestFirst"`,
  );
}

/** The most tokens of text that fit into `maxLength` beside the special tokens. */
export function roomForText(maxLength: number, specialTokens: number): number {
  if (Number.isInteger(maxLength) && maxLength >= specialTokens && maxLength > 0) return maxLength - specialTokens;
  throw new BertieError(
    "options/max-length",
    `maxLength is ${maxLength}: give a whole number of at least ${Math.max(1, specialTokens)} (${specialTokens} special tokens)`,
  );
}

/** The windows of at most `size` tokens, each `stride` tokens into the one before it, that cover `length` tokens. */
export function windows(length: number, size: number, stride: number): [number, number][] {
  if (!Number.isInteger(stride) || stride < 0 || (size > 0 && length > size && stride >= size)) {
    throw new BertieError(
      "options/stride",
      `stride is ${stride}: give a whole number from 0 to ${Math.max(size - 1, 0)}`,
    );
  }
  if (size === 0) return [[0, 0]];
  const result: [number, number][] = [];
  for (let start = 0; ; start += size - stride) {
    const end = Math.min(start + size, length);
    result.push([start, end]);
    if (end === length) return result;
  }
}
