import { BertieError } from "@bertie/common";
import type { BertTokenizer, Encoding } from "@bertie/tokenizer-wasm";
import type { ExplainedModel, ExplainedWord, ExplainRequest } from "./explanation.ts";
import { truncatedLengths } from "./rows.ts";

/** Word to explain (or a single token, with unit "token"), with the range of its tokens in the text. */
export interface Word extends Omit<ExplainedWord, "contribution"> {
  /** Index of the first token. */
  readonly from: number;
  /** Index after the last token. */
  readonly to: number;
}

/** Tokens of the texts of a request, and the words to explain. */
export interface RequestTokens {
  /** Token ids of each text, without special tokens and before truncation. */
  readonly texts: readonly (readonly number[])[];
  /** Number of tokens of each text after truncation. */
  readonly lengths: readonly number[];
  /** Words with at least one token that is not truncated. */
  readonly words: readonly Word[];
  /** Whether any text is truncated. */
  readonly truncated: boolean;
}

/**
 * Tokenizes the texts of a request, and groups the tokens into words.
 *
 * @throws BertieError "input/…" if a text cannot be tokenized, "options/max-length" if the special tokens exceed
 *   `maxLength`
 */
export function tokenizeRequest(
  { tokenizer, maxLength }: ExplainedModel,
  { text, pair, unit = "word" }: ExplainRequest,
): RequestTokens {
  const sources = pair === undefined ? [text] : [text, pair];
  const encodings = sources.map((source) => tokenizer.encode(source, { addSpecialTokens: false }));
  const texts = encodings.map(({ ids }) => ids);
  const textLengths = texts.map((ids) => ids.length);
  const lengths = truncatedLengths(tokenizer, textLengths, maxLength);
  const words = encodings.flatMap((encoding, part) =>
    tokenRanges(encoding, lengths[part]!, unit).map(([from, to]) =>
      wordOf(encoding, sources[part]!, part as 0 | 1, from, to),
    ),
  );
  return { texts, lengths, words, truncated: texts.some((ids, part) => ids.length > lengths[part]!) };
}

/**
 * Returns the id of `[MASK]`.
 *
 * @throws BertieError "explain/no-mask" if the vocabulary has none
 */
export function maskIdOf({ maskTokenId }: BertTokenizer): number {
  if (maskTokenId !== undefined) return maskTokenId;
  const text =
    "the vocabulary has no [MASK] token, which explanations substitute for words. Use the vocabulary that the model was pre-trained with.";
  throw new BertieError("explain/no-mask", text);
}

/** Returns the token ranges of all words or tokens that start before index `length`. */
function tokenRanges({ wordIds }: Encoding, length: number, unit: "word" | "token"): [from: number, to: number][] {
  const result: [number, number][] = [];
  for (let from = 0; from < length; ) {
    let to = from + 1;
    while (unit === "word" && to < wordIds.length && wordIds[to] === wordIds[from]) to++;
    result.push([from, to]);
    from = to;
  }
  return result;
}

function wordOf({ tokens, offsets }: Encoding, source: string, part: 0 | 1, from: number, to: number): Word {
  const [start, end] = [offsets[from]![0], offsets[to - 1]![1]];
  return { text: source.slice(start, end), start, end, part, tokens: tokens.slice(from, to), from, to };
}
