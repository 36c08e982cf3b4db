import { type AddedToken, BertieError } from "@bertie/common";
import { type Fields, format, invalidJson, isId, section, text, unsupported, wholeNumber } from "./fields.ts";

/** The model of a tokenizer.json. */
export type WordPieceModel = {
  /** Tokens with their ids, in the order of the file. */
  readonly vocabulary: readonly (readonly [token: string, id: number])[];
  /** Token for words that do not match the vocabulary. */
  readonly unknownToken: string;
  /** Prefix of tokens that continue a word. */
  readonly continuationPrefix: string;
  readonly maxInputCharsPerWord: number;
};

const MAX_PREFIX_LENGTH = 32;
/** Keys by which a model without a type is recognized as WordPiece, as in Hugging Face's tokenizers. */
const WORD_PIECE_KEYS = ["unk_token", "continuing_subword_prefix", "max_input_chars_per_word"];

/**
 * Reads the model, which must be WordPiece. Files of old versions of tokenizers do not name its type.
 *
 * @throws BertieError "tokenizer/unsupported" if it is another model, "tokenizer/invalid-json" if it is malformed
 */
export function readModel(file: Fields): WordPieceModel {
  const model = section(file, "model");
  const { type } = model;
  if (type === undefined) {
    const missing = WORD_PIECE_KEYS.filter((key) => model[key] === undefined);
    if (missing.length > 0 || model.merges !== undefined)
      throw unsupported(
        `"model.type" is missing, and the model is not WordPiece (${missing.length > 0 ? `it has no ${missing.join(", ")}` : "it has merges"}). Only WordPiece is supported. Use the tokenizer of a BERT model.`,
      );
  } else if (type !== "WordPiece") {
    throw unsupported(`"model.type" is ${format(type)}. Only "WordPiece" is supported.`);
  }
  const continuationPrefix = text(model, "continuing_subword_prefix", "model", "##");
  if (continuationPrefix.length > MAX_PREFIX_LENGTH || /\s/.test(continuationPrefix))
    throw unsupported(
      `"model.continuing_subword_prefix" is ${format(continuationPrefix)}. Only prefixes of at most ${MAX_PREFIX_LENGTH} characters without whitespace are supported.`,
    );
  const vocabulary = Object.entries(section(model, "vocab", "model.")).map(([token, id]) => {
    if (!isId(id)) throw invalidJson(`token ${format(token)} has the id ${format(id)}. Expected a whole number.`);
    return [token, id] as const;
  });
  const unknownToken = text(model, "unk_token", "model", "[UNK]");
  if (vocabulary.every(([token]) => token !== unknownToken))
    throw new BertieError(
      "vocabulary/missing-token",
      `tokenizer.json: "model.unk_token" is ${format(unknownToken)}, which "model.vocab" lacks. Check that the file belongs to a BERT model.`,
    );
  return {
    vocabulary,
    unknownToken,
    continuationPrefix,
    maxInputCharsPerWord: wholeNumber(model, "max_input_chars_per_word", "model", 100),
  };
}

/**
 * Returns the tokens of the vocabulary by id. Unused ids have the empty token, which matches no word.
 *
 * @throws BertieError "tokenizer/invalid-json" if ids are not unique or far from consecutive, "tokenizer/unsupported" if a
 *   token contains a line break
 */
export function tokensById({ vocabulary }: WordPieceModel, added: readonly AddedToken[]): string[] {
  const entries = [...vocabulary, ...added.map(({ content, id }) => [content, id] as const)];
  // Some ids may be unused. The number is limited, because a single token could otherwise create any number of empty
  // tokens.
  const end = 2 * entries.length + 1000;
  const byId: string[] = [];
  const tokens: string[] = [];
  for (const [index, [token, id]] of entries.entries()) {
    if (id >= end) {
      throw invalidJson(
        `token ${format(token)} has the id ${id}, but there are only ${entries.length} tokens. Expected consecutive ids.`,
      );
    }
    if (token.includes("\n")) throw unsupported(`token ${format(token)} contains a line break. Remove the token.`);
    if (byId[id] !== undefined && byId[id] !== token) {
      throw invalidJson(`tokens ${format(byId[id])} and ${format(token)} have the same id ${id}. Expected unique ids.`);
    }
    byId[id] = token;
    if (index < vocabulary.length) tokens[id] = token;
  }
  return Array.from(tokens, (token) => token ?? "");
}
