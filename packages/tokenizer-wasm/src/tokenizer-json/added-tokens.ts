import type { AddedToken } from "@bertie/common";
import { type Fields, format, invalidJson, isFields, isId, tooLarge, unsupported } from "./fields.ts";
import type { WordPieceModel } from "./model.ts";

const MAX_ADDED_TOKENS = 10_000;

/**
 * Reads the added tokens.
 *
 * @throws BertieError "tokenizer/invalid-json" if they are malformed, "tokenizer/too-large" if there are too many,
 *   "tokenizer/unsupported" if Hugging Face's tokenizers would not use their ids
 */
export function readAddedTokens(file: Fields, model: WordPieceModel): AddedToken[] {
  const value = file.added_tokens;
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidJson('"added_tokens" is not an array. Expected an array of objects.');
  if (value.length > MAX_ADDED_TOKENS)
    throw tooLarge(`the file has ${value.length} added tokens, more than ${MAX_ADDED_TOKENS}`);
  // The empty token is ignored, as in Hugging Face's tokenizers.
  const tokens = value.map(readAddedToken).filter(({ content }) => content !== "");
  checkIds(tokens, model);
  // Where two tokens match the same text, special tokens take precedence.
  return [...tokens.filter(({ special }) => special), ...tokens.filter(({ special }) => !special)];
}

function readAddedToken(token: unknown, index: number): AddedToken {
  const name = `added_tokens[${index}]`;
  if (!isFields(token) || typeof token.content !== "string" || !isId(token.id)) {
    throw invalidJson(`"${name}" lacks a valid "id" or "content". Expected a whole number and a string.`);
  }
  const { id, content } = token;
  const isSet = (key: string, otherwise = false) => {
    const given = token[key] ?? otherwise;
    if (typeof given === "boolean") return given;
    throw invalidJson(`"${name}.${key}" is ${format(given)}. Expected true or false.`);
  };
  if (content.includes("\n")) throw unsupported(`token ${format(content)} contains a line break. Remove the token.`);
  const special = isSet("special");
  const flags = { singleWord: isSet("single_word"), lstrip: isSet("lstrip"), rstrip: isSet("rstrip") };
  return { id, content, ...flags, normalized: isSet("normalized", !special), special };
}

/**
 * Checks that the ids are the ones of Hugging Face's tokenizers, which ignore the ids in the file: a token of the vocabulary
 * keeps its id, and others are numbered from the size of the vocabulary.
 */
function checkIds(tokens: readonly AddedToken[], { vocabulary }: WordPieceModel): void {
  const known = new Map(vocabulary);
  let next = known.size;
  for (const { content, id } of tokens) {
    const expected = known.get(content) ?? next;
    if (id !== expected)
      throw unsupported(
        `the added token ${format(content)} has the id ${id}, but Hugging Face's tokenizers give it the id ${expected}. Correct the id in added_tokens or in model.vocab.`,
      );
    known.set(content, id);
    next = Math.max(next, id + 1);
  }
}
