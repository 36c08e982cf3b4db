import { type AddedToken, BertieError } from "@bertie/common";
import type { ResolvedOptions } from "./options.ts";
import { describe, type OptionRules, optionReader, readBoolean, readCount } from "./read-options.ts";
import { plainView } from "./wasm.ts";

/** A token to add to a vocabulary: its text, or an object whose missing fields have defaults. */
export type AddedTokenInput =
  | string
  | (Pick<AddedToken, "content"> &
      Partial<AddedToken> & {
        /** Same as `singleWord`. */
        readonly single_word?: boolean;
      });

const TOKEN_RULES: OptionRules<AddedToken> = {
  content: { read: readContent },
  id: { read: readCount(0) },
  singleWord: { alias: ["single_word"], read: readBoolean },
  lstrip: { read: readBoolean },
  rstrip: { read: readBoolean },
  normalized: { read: readBoolean },
  special: { read: readBoolean },
};
const readToken = optionReader("an added token", TOKEN_RULES);

function readContent(value: unknown): string {
  if (typeof value === "string" && value !== "" && !value.includes("\n")) return value;
  throw new BertieError(
    "options/value",
    `the text of an added token is ${describe(value)}. Expected text on one line, which is not empty.`,
  );
}

/**
 * Copies tokens and fills in missing fields. As in Hugging Face's libraries, a token is special unless `special` is false, and
 * is looked for in the normalized text unless it is special. A token without an id has its id in the vocabulary; if there is
 * none, the token follows the last id.
 *
 * @param vocabulary contents of vocab.txt
 * @throws BertieError "options/value" or "options/unknown" if a token is invalid
 */
export function readAddedTokens(given: unknown, vocabulary: string | Uint8Array): readonly AddedToken[] {
  if (!Array.isArray(given)) {
    const text = `the added tokens are ${describe(given)}. Expected an array of strings or objects.`;
    throw new BertieError("options/value", text);
  }
  const tokens = [...given].map((token: unknown) =>
    typeof token === "string" ? { content: token } : readToken(token),
  );
  const lines = tokens.every(({ id }) => id !== undefined) ? [] : linesOf(vocabulary);
  const ids = new Map(lines.map((line, id) => [line, id]));
  let next = tokens.reduce((end, { id = -1 }) => Math.max(end, id + 1), lines.length);
  return tokens.map((token) => {
    const content = readContent(token.content);
    const { special = true, singleWord = false, lstrip = false, rstrip = false } = token;
    const id = token.id ?? ids.get(content) ?? next++;
    return { id, content, singleWord, lstrip, rstrip, normalized: token.normalized ?? !special, special };
  });
}

function linesOf(vocabulary: string | Uint8Array): string[] {
  const text = typeof vocabulary === "string" ? vocabulary : new TextDecoder().decode(plainView(vocabulary));
  return text
    .replace(/^\ufeff/, "")
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.trim());
}

/**
 * Returns whether a token is looked for in the text. The tokenizer's own tokens follow the rule for special tokens, and the others
 * are found everywhere.
 */
export function isFound(
  { content, special }: AddedToken,
  ownTokens: readonly string[],
  { specialTokens }: ResolvedOptions,
): boolean {
  if (specialTokens === "none") return !special;
  return specialTokens === "everywhere" || !ownTokens.includes(content);
}
