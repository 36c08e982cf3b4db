import type { AddedToken } from "@bertie/common";
import type { Core } from "./wasm.ts";

/** The tokens of a vocabulary as JavaScript strings. */
export type TokenList = {
  /** Tokens by id. Unused ids have the empty token. */
  readonly tokens: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
};

/**
 * Lists the tokens of a tokenizer. An added token that is looked for in the normalized text is listed in the form in which
 * texts contain it, as in Hugging Face's tokenizers, and has its id under both.
 *
 * @param size number of ids
 */
export function listTokens(core: Core, addedTokens: readonly AddedToken[], size: number): TokenList {
  const words = core.vocabulary().split("\n").slice(0, -1);
  const tokens = Array.from({ length: size }, (_, id) => words[id] ?? "");
  for (const { id, content, normalized } of addedTokens) tokens[id] = normalized ? core.normalized(content) : content;
  const ids = new Map(tokens.map((token, id) => [token, id]));
  for (const { id, content } of addedTokens) ids.set(content, id);
  return { tokens, ids };
}
