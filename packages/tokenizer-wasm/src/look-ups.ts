import { BertieError } from "@bertie/common";
import type { Encoding } from "./encoding.ts";
import { keptTexts } from "./sequences.ts";

/**
 * Returns, for each token, the index of its text: 0 for the text and 1 for its pair; null for added tokens.
 *
 * A copy of an encoding has its token type ids only. If both texts have the same type id, the second text of a copy starts
 * after the special tokens that follow the first.
 *
 * @example
 * ```ts
 * import { BertTokenizer, sequenceIds } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb");
 * console.log(sequenceIds(tokenizer.encode("a", { pair: "b" }))); // [null, 0, null, 1, null]
 * ```
 */
export function sequenceIds(encoding: Encoding): (0 | 1 | null)[] {
  const { specialTokensMask, typeIds } = encoding;
  const ranges = keptTexts(encoding);
  const second = ranges?.[1];
  let texts = 0;
  return specialTokensMask.map((isSpecial, token) => {
    if (isSpecial === 1) return null;
    if (ranges !== undefined) return second !== undefined && token >= second[0] && token < second[1] ? 1 : 0;
    if (token === 0 || specialTokensMask[token - 1] === 1) texts++;
    return typeIds[token] === 1 || texts > 1 ? 1 : 0;
  });
}

/**
 * Returns the index of the token that contains a character; undefined if there is none, as for whitespace, characters that
 * are removed, and truncated text.
 *
 * @param char position in the text, in UTF-16 code units
 * @param text 0 for the text, 1 for its pair
 * @throws BertieError "input/no-offsets" if the encoding has no offsets
 *
 * @example
 * ```ts
 * import { BertTokenizer, charToToken } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able");
 * const encoding = tokenizer.encode("Unable");
 * console.log(encoding.tokens[charToToken(encoding, 3)!]); // "##able"
 * ```
 */
export function charToToken(encoding: Encoding, char: number, text: 0 | 1 = 0): number | undefined {
  checkOffsets(encoding);
  const texts = sequenceIds(encoding);
  const token = encoding.offsets.findIndex(([start, end], i) => texts[i] === text && char >= start && char < end);
  return token < 0 ? undefined : token;
}

/**
 * Returns the index of the word that contains a character; undefined if there is none.
 *
 * @param char position in the text, in UTF-16 code units
 * @param text 0 for the text, 1 for its pair
 * @throws BertieError "input/no-offsets" if the encoding has no offsets
 *
 * @example
 * ```ts
 * import { BertTokenizer, charToWord } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb");
 * console.log(charToWord(tokenizer.encode("a b"), 2)); // 1
 * ```
 */
export function charToWord(encoding: Encoding, char: number, text: 0 | 1 = 0): number | undefined {
  const token = charToToken(encoding, char, text);
  return token === undefined ? undefined : tokenToWord(encoding, token);
}

/**
 * Returns the indices of the first token of a word and of the token after its last; undefined if the row has no token of the
 * word.
 *
 * @param word index of the word, as in `wordIds`
 * @param text 0 for the text, 1 for its pair
 * @throws BertieError "input/no-offsets" if the encoding has no offsets
 *
 * @example
 * ```ts
 * import { BertTokenizer, wordToTokens } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able");
 * console.log(wordToTokens(tokenizer.encode("Unable"), 0)); // [1, 3]
 * ```
 */
export function wordToTokens(
  encoding: Encoding,
  word: number,
  text: 0 | 1 = 0,
): [start: number, end: number] | undefined {
  checkOffsets(encoding);
  const texts = sequenceIds(encoding);
  const isInWord = (id: number | null, token: number) => id === word && texts[token] === text;
  const start = encoding.wordIds.findIndex(isInWord);
  return start < 0 ? undefined : [start, encoding.wordIds.findLastIndex(isInWord) + 1];
}

/**
 * Returns the start and end of a word in its text, in UTF-16 code units; undefined if the row has no token of the word.
 *
 * @param word index of the word, as in `wordIds`
 * @param text 0 for the text, 1 for its pair
 * @throws BertieError "input/no-offsets" if the encoding has no offsets
 *
 * @example
 * ```ts
 * import { BertTokenizer, wordToChars } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able");
 * console.log(wordToChars(tokenizer.encode("Unable"), 0)); // [0, 6]
 * ```
 */
export function wordToChars(
  encoding: Encoding,
  word: number,
  text: 0 | 1 = 0,
): [start: number, end: number] | undefined {
  const tokens = wordToTokens(encoding, word, text);
  return tokens && [encoding.offsets[tokens[0]]![0], encoding.offsets[tokens[1] - 1]![1]];
}

/**
 * Returns the start and end of a token in its text, in UTF-16 code units; undefined for added tokens and for indices outside
 * of the row.
 *
 * @throws BertieError "input/no-offsets" if the encoding has no offsets
 *
 * @example
 * ```ts
 * import { BertTokenizer, tokenToChars } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able");
 * console.log(tokenToChars(tokenizer.encode("Unable"), 2)); // [2, 6]
 * ```
 */
export function tokenToChars(encoding: Encoding, token: number): [start: number, end: number] | undefined {
  checkOffsets(encoding);
  const [start, end] = encoding.offsets[token] ?? [0, 0];
  return encoding.specialTokensMask[token] === 0 ? [start, end] : undefined;
}

/**
 * Returns the index of a token's word; undefined for added tokens and for indices outside of the row.
 *
 * @throws BertieError "input/no-offsets" if the encoding has no offsets
 *
 * @example
 * ```ts
 * import { BertTokenizer, tokenToWord } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able");
 * console.log(tokenToWord(tokenizer.encode("Unable"), 2)); // 0
 * ```
 */
export function tokenToWord(encoding: Encoding, token: number): number | undefined {
  checkOffsets(encoding);
  return encoding.wordIds[token] ?? undefined;
}

function checkOffsets({ ids, offsets }: Encoding): void {
  if (offsets.length === ids.length) return;
  throw new BertieError(
    "input/no-offsets",
    "the encoding has no offsets, which this function needs. Encode the text without offsets: false.",
  );
}
