import type { AddedToken } from "@bertie/common";
import type { SpecialTokenNames } from "./template.ts";
import type { Decoder } from "./tokenizer-json/decoder.ts";

/** Options of {@link BertTokenizer.decode}. */
export type DecodeOptions = {
  /**
   * Whether to omit the special tokens: the tokens that the tokenizer adds to rows, the unknown token, `[PAD]`, `[MASK]`, and
   * added tokens that are special.
   *
   * @default false
   */
  readonly skipSpecialTokens?: boolean | undefined;
  /**
   * Way in which spaces before punctuation and inside English contractions are removed:
   * - `true` removes them from the text, as `clean_up_tokenization` of transformers does.
   * - `"tokenizers"` decodes as Hugging Face's tokenizers do, with the decoder of the `tokenizer.json`, or with their default
   *   decoder for a `vocab.txt`. It cleans token by token, and omits ids that are not in the vocabulary.
   * - `false` keeps all spaces.
   *
   * @default true
   */
  readonly cleanUp?: boolean | "tokenizers" | undefined;
};

/** Returns whether a token continues the word of the previous token. */
export function isContinuation(token: string, prefix: string): boolean {
  return token.length > prefix.length && token.startsWith(prefix);
}

/**
 * Joins tokens to text, with one space between words. The original case, accents and whitespace are not restored.
 *
 * @param prefix start of tokens that are joined to the previous one, without the prefix; undefined if there are none
 */
function joinTokens(tokens: readonly string[], prefix: string | undefined, cleanUp = false): string {
  const parts = tokens.map((token, index) => {
    if (index === 0) return token;
    return prefix !== undefined && token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
  });
  return (cleanUp ? parts.map(cleanToken) : parts).join("");
}

/** Removes spaces before punctuation and inside English contractions, as transformers does. */
function cleanText(text: string): string {
  return text
    .replace(/ ([.?!,])/g, "$1")
    .replace(/ ' /g, "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, "$1");
}

/** The replacements of the decoder of Hugging Face's tokenizers, in their order. */
const REPLACEMENTS: readonly (readonly [from: string, to: string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** Cleans a token, together with the space before it. */
function cleanToken(token: string): string {
  return REPLACEMENTS.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), token);
}

/** The tokens of a tokenizer, and how they are joined. */
export type DecodeContext = {
  /** Returns the token with an id; the empty token for an unused id, and undefined for an id after the last one. */
  readonly tokenOf: (id: number) => string | undefined;
  readonly idOf: (token: string) => number | undefined;
  readonly names: SpecialTokenNames;
  readonly addedTokens: readonly AddedToken[];
  /** Prefix of tokens that continue a word. */
  readonly prefix: string;
  /** Decoder; null to join tokens by spaces. @default the decoder WordPiece with the prefix */
  readonly decoder: Decoder | null | undefined;
};

/** Joins the tokens with these ids into a text. */
export function decodeIds(given: Iterable<number>, options: DecodeOptions, context: DecodeContext): string {
  const { skipSpecialTokens = false, cleanUp = true } = options;
  const { tokenOf, idOf, names, addedTokens, prefix, decoder = { prefix, cleanUp: true } } = context;
  const added = addedTokens.filter(({ special }) => special);
  if (cleanUp === "tokenizers") {
    const special = new Set(skipSpecialTokens ? added.map(({ content }) => content) : []);
    const known = Array.from(given, (id) => tokenOf(id)).filter((token) => token !== undefined);
    const kept = known.filter((token) => !special.has(token));
    return joinTokens(kept, decoder?.prefix, decoder?.cleanUp);
  }
  const own = Object.values(names).map((name) => idOf(name));
  const special = new Set(skipSpecialTokens ? [...own, ...added.map(({ id }) => id)] : []);
  const kept = Array.from(given).filter((id) => !special.has(id));
  const text = joinTokens(
    kept.map((id) => tokenOf(id) ?? names.unk),
    prefix || decoder?.prefix,
  );
  return cleanUp ? cleanText(text) : text;
}
