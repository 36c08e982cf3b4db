import { BertieError } from "@bertie/common";

/** The text of a pair to truncate if the pair is too long. A single text is always truncated at its end. */
export type Truncation = "longestFirst" | "onlyFirst" | "onlySecond";

/**
 * Returns the number of tokens to keep of each text of a pair, so that both fit into `limit` tokens.
 *
 * "longestFirst" returns the same numbers as `_truncate_seq_pair` in BERT's `run_classifier.py`, which repeatedly
 * removes the last token of the longer text, or of the second text if both are equally long.
 *
 * @param first number of tokens in the first text
 * @param second number of tokens in the second text
 * @param limit maximum number of tokens in both texts together
 * @param truncation the text to truncate
 * @throws BertieError "options/truncation" if the text to truncate has fewer tokens than must be removed
 *
 * @example
 * ```ts
 * import { fitPair } from "@bertie/tokenizer-wasm";
 *
 * console.log(fitPair(10, 5, 11, "longestFirst")); // [6, 5]
 * console.log(fitPair(10, 5, 11, "onlySecond")); // [10, 1]
 * ```
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
    `the ${which} text has ${length} tokens, but ${excess} must be removed. Raise maxLength, or set truncation to "longestFirst".`,
  );
}

/**
 * Returns the number of tokens available for text in a row of `maxLength` tokens, after the special tokens.
 *
 * @param specialTokens number of special tokens per row: 2 for a single text, 3 for a pair
 * @throws BertieError "options/max-length" if `maxLength` is not a positive whole number of at least `specialTokens`
 *
 * @example
 * ```ts
 * import { roomForText } from "@bertie/tokenizer-wasm";
 *
 * console.log(roomForText(128, 3)); // 125
 * ```
 */
export function roomForText(maxLength: number, specialTokens: number): number {
  if (Number.isInteger(maxLength) && maxLength >= specialTokens && maxLength > 0) return maxLength - specialTokens;
  throw new BertieError(
    "options/max-length",
    `maxLength is ${maxLength}. Expected a whole number of at least ${Math.max(1, specialTokens)}, including ${specialTokens} special tokens.`,
  );
}
