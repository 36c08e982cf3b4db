import type { WordPieceTokenizer } from "../tokenizer.ts";

/** Lengths above this one are counted as this one. */
export const LONGEST = 1 << 16;
/** Maximum number of characters per call of the tokenizer, including padding to the longest text. */
const CHARACTERS_PER_CALL = 1 << 18;

/** Lengths of texts in tokens. */
export interface TokenCounts {
  /** Number of tokens per text or pair, including special tokens. */
  readonly lengths: ArrayLike<number>;
  /** Number of tokens of all texts, without special tokens. */
  readonly tokens: number;
  /** Number of [UNK] tokens in all texts. */
  readonly unknown: number;
}

/** Counts the tokens of texts and pairs. */
export type CountTokens = (texts: readonly (string | readonly [string, string])[]) => TokenCounts;

/**
 * Returns a function that counts the tokens of texts, for {@link createDataCheck}. Texts are not truncated, except at 65,536
 * tokens.
 *
 * @example
 * ```ts
 * import { tokenCounter } from "@bertie/data";
 * import { BertTokenizer } from "@bertie/tokenizer-wasm";
 *
 * const count = tokenCounter(await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\n好\n"));
 * console.log(count(["好", "好坏"])); // { lengths: [3, 4], tokens: 3, unknown: 1 }
 * ```
 */
export function tokenCounter(tokenizer: WordPieceTokenizer): CountTokens {
  const unknownIds = new Map<number, boolean>();
  const isUnknown = (id: number) => {
    let unknown = unknownIds.get(id);
    if (unknown === undefined) {
      unknown = tokenizer.idToToken(id) === "[UNK]";
      unknownIds.set(id, unknown);
    }
    return unknown;
  };
  /** Id of [UNK], once it has been found: then no lookup is needed. */
  let unknownId: number | undefined;
  return (texts) => {
    const lengths: number[] = [];
    let [tokens, unknown] = [0, 0];
    for (const chunk of chunksOf(texts)) {
      const options = { maxLength: LONGEST, truncation: true, padding: "longest", addSpecialTokens: true } as const;
      const encoded = tokenizer.encodeBatch(chunk, options);
      const stride = encoded.ids.length / chunk.length;
      for (let i = 0; i < chunk.length; i++) {
        const length = encoded.lengths[i]!;
        lengths.push(length);
        tokens += length - (typeof chunk[i] === "string" ? 2 : 3);
        for (let position = i * stride; position < i * stride + length; position++) {
          const id = encoded.ids[position]!;
          if (unknownId === undefined ? !isUnknown(id) : id !== unknownId) continue;
          unknownId = id;
          unknown++;
        }
      }
    }
    return { lengths, tokens, unknown };
  };
}

/** Splits texts into chunks whose padded size is limited. */
function* chunksOf<T extends string | readonly [string, string]>(texts: readonly T[]): Generator<T[]> {
  let chunk: T[] = [];
  let longest = 0;
  for (const text of texts) {
    const length = typeof text === "string" ? text.length : text[0].length + text[1].length;
    if (chunk.length > 0 && Math.max(longest, length) * (chunk.length + 1) > CHARACTERS_PER_CALL) {
      yield chunk;
      chunk = [];
      longest = 0;
    }
    chunk.push(text);
    longest = Math.max(longest, length);
  }
  if (chunk.length > 0) yield chunk;
}

/** Distribution of the lengths of texts. */
export interface LengthSummary {
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly max: number;
  /** Mean length, where longer texts count as the maximum length. */
  readonly mean: number;
  /** Number of texts longer than the maximum length; absent if it is unknown. */
  readonly truncated?: number;
}

/** Histogram of lengths, in constant memory. */
export interface LengthHistogram {
  readonly add: (length: number) => void;
  /** Returns the distribution, or undefined if nothing was added. */
  readonly summary: (maxLength: number | undefined) => LengthSummary | undefined;
}

/** Creates an empty histogram. */
export function createLengthHistogram(): LengthHistogram {
  const counts = new Uint32Array(LONGEST + 1);
  let [total, max] = [0, 0];
  /** Returns the smallest length that is at least as long as this fraction of the texts. */
  const quantile = (fraction: number) => {
    let below = 0;
    for (let length = 0; length <= LONGEST; length++) {
      below += counts[length]!;
      if (below >= fraction * total) return length;
    }
    return max;
  };
  return {
    add(length) {
      const index = Math.min(length, LONGEST);
      counts[index] = counts[index]! + 1;
      total++;
      max = Math.max(max, length);
    },
    summary(maxLength) {
      if (total === 0) return undefined;
      const [median, p90, p95] = [quantile(0.5), quantile(0.9), quantile(0.95)];
      const limit = maxLength ?? LONGEST;
      let [truncated, sum] = [0, 0];
      for (let length = 0; length <= LONGEST; length++) {
        sum += counts[length]! * Math.min(length, limit);
        if (length > limit) truncated += counts[length]!;
      }
      const mean = sum / total;
      return { median, p90, p95, max, mean, ...(maxLength !== undefined && { truncated }) };
    },
  };
}

/** Returns the number of characters (code points) of a text. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}
