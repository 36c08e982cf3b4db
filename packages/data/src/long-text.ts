/** Names of the ways to handle texts that are longer than the maximum length. */
export const longTextModes = ["truncate", "head+tail", "windows"] as const;

/**
 * Handling of texts that are longer than the maximum length: keep the beginning ("truncate"); keep the first quarter and the
 * last three quarters of the maximum length ("head+tail", Sun et al., 2019, "How to Fine-Tune BERT for Text
 * Classification?"); or split the text into overlapping windows, whose probabilities are averaged ("windows").
 */
export type LongText = (typeof longTextModes)[number];

/** Options of {@link fitRow}. */
export interface LongTextOptions {
  /** Maximum number of tokens per row, including [CLS] and [SEP]. */
  readonly maxLength: number;
  readonly longText: LongText;
  /** Number of tokens that consecutive windows share. @default a quarter of the tokens of a window */
  readonly windowOverlap?: number | undefined;
  /** With "truncate": end of a text at which tokens are removed. @default "right" */
  readonly truncationSide?: "left" | "right" | undefined;
}

/** Tokens of a text or a pair, with special tokens and without padding. */
export interface TokenRow {
  /** int32 `[length]`. */
  readonly inputIds: Int32Array;
  /** int32 `[length]`: token type ids. */
  readonly segmentIds: Int32Array;
}

/**
 * Fits a row of any length into rows of at most `maxLength` tokens, each with its own [CLS] and [SEP]. Only "windows" returns
 * more than one row. The last window ends with the text, so that all windows are full. Of a pair, only the longer text is
 * split into windows; the shorter one is truncated to half of the row.
 *
 * @example
 * ```ts
 * import { fitRow } from "@bertie/data";
 *
 * const row = { inputIds: Int32Array.of(101, 1, 2, 3, 4, 5, 102), segmentIds: new Int32Array(7) };
 * const rows = fitRow(row, { maxLength: 5, longText: "windows", windowOverlap: 1 });
 * console.log(rows.map(({ inputIds }) => inputIds.join(" "))); // [ "101 1 2 3 102", "101 3 4 5 102" ]
 * ```
 */
export function fitRow(row: TokenRow, options: LongTextOptions): TokenRow[] {
  const { maxLength, longText, windowOverlap, truncationSide } = options;
  if (row.inputIds.length <= maxLength) return [row];
  const { cls, sep, first, second } = textsOf(row);
  const capacity = maxLength - (second === undefined ? 2 : 3);
  const join = (a: Int32Array, b: Int32Array | undefined) => joinTexts(cls, sep, a, b);
  if (longText !== "windows") {
    const shorten = longText === "truncate" ? (truncationSide === "left" ? tail : head) : headAndTail;
    const [a, b] = sharesOf(first.length, second?.length ?? 0, capacity);
    return [join(shorten(first, a), second && shorten(second, b))];
  }
  const splitsFirst = second === undefined || first.length >= second.length;
  const [long, short] = splitsFirst ? [first, second] : [second, first];
  const kept = short?.subarray(0, Math.floor(capacity / 2));
  const size = capacity - (kept?.length ?? 0);
  return windows(long.length, size, windowOverlap).map((start) => {
    const window = long.subarray(start, start + size);
    return splitsFirst ? join(window, kept) : join(kept!, window);
  });
}

/**
 * Returns the number of rows that {@link fitRow} makes of a text or a pair.
 *
 * @param first number of tokens of the text, without special tokens
 * @param second number of tokens of the second text of a pair
 * @example
 * ```ts
 * import { countFittedRows } from "@bertie/data";
 *
 * console.log(countFittedRows(5, undefined, { maxLength: 5, longText: "windows", windowOverlap: 1 })); // 2
 * ```
 */
export function countFittedRows(
  first: number,
  second: number | undefined,
  { maxLength, longText, windowOverlap }: LongTextOptions,
): number {
  const capacity = maxLength - (second === undefined ? 2 : 3);
  if (longText !== "windows" || first + (second ?? 0) <= capacity) return 1;
  const kept = second === undefined ? 0 : Math.min(first, second, Math.floor(capacity / 2));
  return windows(Math.max(first, second ?? 0), capacity - kept, windowOverlap).length;
}

/** Returns the starts of windows of `size` tokens that cover `length` tokens. */
function windows(length: number, size: number, requestedOverlap: number | undefined): number[] {
  const overlap = Math.min(requestedOverlap ?? Math.floor(size / 4), size - 1);
  const starts: number[] = [];
  for (let start = 0; start + size < length; start += size - overlap) starts.push(start);
  return [...starts, Math.max(0, length - size)];
}

/** Returns the lengths that two texts are truncated to: the longer text, or the second one, loses tokens first. */
function sharesOf(first: number, second: number, capacity: number): [number, number] {
  const excess = Math.max(0, first + second - capacity);
  const difference = Math.min(excess, Math.abs(first - second));
  const [a, b] = first > second ? [first - difference, second] : [first, second - difference];
  const rest = excess - difference;
  return [a - Math.floor(rest / 2), b - Math.ceil(rest / 2)];
}

function head(tokens: Int32Array, length: number): Int32Array {
  return tokens.subarray(0, length);
}

function tail(tokens: Int32Array, length: number): Int32Array {
  return tokens.subarray(Math.max(tokens.length - length, 0));
}

function headAndTail(tokens: Int32Array, length: number): Int32Array {
  if (tokens.length <= length) return tokens;
  const start = Math.floor(length / 4);
  const result = new Int32Array(length);
  result.set(tokens.subarray(0, start));
  result.set(tokens.subarray(tokens.length - (length - start)), start);
  return result;
}

/** Splits a row into its special tokens and its texts. */
function textsOf({ inputIds, segmentIds }: TokenRow) {
  const end = inputIds.length - 1;
  const secondStart = segmentIds.indexOf(1);
  const firstEnd = secondStart < 0 ? end : secondStart - 1;
  return {
    cls: inputIds[0]!,
    sep: inputIds[end]!,
    first: inputIds.subarray(1, firstEnd),
    second: secondStart < 0 ? undefined : inputIds.subarray(secondStart, end),
  };
}

function joinTexts(cls: number, sep: number, first: Int32Array, second: Int32Array | undefined): TokenRow {
  const firstLength = first.length + 2;
  const inputIds = new Int32Array(firstLength + (second === undefined ? 0 : second.length + 1));
  inputIds[0] = cls;
  inputIds.set(first, 1);
  inputIds[firstLength - 1] = sep;
  if (second !== undefined) {
    inputIds.set(second, firstLength);
    inputIds[inputIds.length - 1] = sep;
  }
  return { inputIds, segmentIds: new Int32Array(inputIds.length).fill(1, firstLength) };
}
