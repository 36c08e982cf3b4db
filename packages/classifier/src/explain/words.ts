import { BertieError } from "@bertie/common";
import type { BertTokenizer, Encoding } from "@bertie/tokenizer-wasm";
import type { ExplainedModel, ExplainedWord, ExplainRequest } from "./explanation.ts";
import { keptLengths } from "./rows.ts";

/** A word, or a token where those are explained, with the stretch of tokens of its text that it consists of. */
export interface Word extends Omit<ExplainedWord, "contribution"> {
  readonly from: number;
  readonly to: number;
}

/** The tokens of a request's texts, and the words to explain. */
export interface RequestTokens {
  /** The ids of each text, without special tokens and not truncated. */
  readonly texts: readonly (readonly number[])[];
  /** How many tokens of each text the model reads. */
  readonly kept: readonly number[];
  /** The words of which the model reads a token at least. */
  readonly words: readonly Word[];
  readonly truncated: boolean;
}

/**
 * Tokenizes the texts of a request and groups their tokens into words.
 *
 * @throws BertieError "input/…", "options/max-length"
 */
export function tokenizeRequest(
  { tokenizer, maxLength }: ExplainedModel,
  { text, pair, unit = "word" }: ExplainRequest,
): RequestTokens {
  const sources = pair === undefined ? [text] : [text, pair];
  const encodings = sources.map((source) => tokenizer.encode(source, { addSpecialTokens: false }));
  const texts = encodings.map(({ ids }) => ids);
  const kept = keptLengths(
    texts.map((ids) => ids.length),
    maxLength,
  );
  const words = encodings.flatMap((encoding, part) =>
    stretches(encoding, kept[part]!, unit).map(([from, to]) =>
      wordOf(encoding, sources[part]!, part as 0 | 1, from, to),
    ),
  );
  return { texts, kept, words, truncated: texts.some((ids, part) => ids.length > kept[part]!) };
}

/**
 * Returns the id of `[MASK]`.
 *
 * @throws BertieError "explain/no-mask" if the vocabulary has none
 */
export function maskIdOf({ maskTokenId }: BertTokenizer): number {
  if (maskTokenId !== undefined) return maskTokenId;
  const text = "the vocabulary has no [MASK] token, which explanations put in the place of words: ";
  throw new BertieError("explain/no-mask", `${text}use the vocabulary that the model was pre-trained with`);
}

/** The stretches of tokens that are explained: those that begin before token number `kept`. */
function stretches({ wordIds }: Encoding, kept: number, unit: "word" | "token"): [from: number, to: number][] {
  const result: [number, number][] = [];
  for (let from = 0; from < kept; ) {
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
