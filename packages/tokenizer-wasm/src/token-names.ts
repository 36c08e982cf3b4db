import type { AddedToken } from "@bertie/common";
import type { Core } from "./core.ts";
import type { TokenPages } from "./token-pages.ts";

/** Look-ups between the ids and the tokens of a tokenizer, including its added tokens. */
export type TokenNames = {
  /** Returns the token with an id; the empty token for an unused id, and undefined for an id after the last one. */
  readonly tokenOf: (id: number) => string | undefined;
  /** Returns tokens that were looked up before, for look-ups that call `tokenOf()` for further tokens only. */
  readonly known: () => TokenPages;
  /** Returns the id of a token; undefined if there is no such token. */
  readonly idOf: (token: string) => number | undefined;
};

/**
 * Creates the look-ups. An added token that is looked for in the normalized text is listed in the form in which texts contain
 * it, as in Hugging Face's tokenizers, and has its id under both forms.
 *
 * @param size number of ids
 */
export function createTokenNames(core: Core, addedTokens: readonly AddedToken[], size: number): TokenNames {
  const listed = new Map(
    addedTokens.map(({ id, content, normalized }) => [id, normalized ? core.normalized(content) : content]),
  );

  function tokenOf(id: number): string | undefined {
    const token = core.token(id);
    const isInRange = Number.isInteger(id) && id >= 0 && id < size;
    // Between the vocabulary and the last added token, there may be ids without a token.
    return listed.get(id) ?? token ?? (isInRange ? "" : undefined);
  }

  let replacesTokens: boolean | undefined;

  function known(): TokenPages {
    replacesTokens ??= [...listed].some(([id, content]) => content !== (core.token(id) ?? content));
    return replacesTokens ? [] : core.pages();
  }

  function idOf(token: string): number | undefined {
    const added = addedTokens.filter(({ content }) => content === token).at(-1);
    const id = core.id(token);
    if (added !== undefined) return added.id;
    // An added token may replace a token of the vocabulary, and the vocabulary may have empty lines.
    if (token === "" || (id !== undefined && tokenOf(id) !== token)) return lastId(token);
    const ids = [...listed].filter(([, content]) => content === token).map(([other]) => other);
    return ids.length > 0 ? Math.max(...ids, id ?? 0) : id;
  }

  function lastId(token: string): number | undefined {
    for (let id = size - 1; id >= 0; id--) if (tokenOf(id) === token) return id;
    return undefined;
  }

  return { tokenOf, known, idOf };
}
