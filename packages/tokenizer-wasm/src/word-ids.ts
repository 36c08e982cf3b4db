import { isContinuation } from "./decode.ts";
import type { ResolvedOptions } from "./options.ts";
import { type Core, createCore, type RecognizedTokens, type Rows, type Runtime } from "./wasm.ts";
import type { WordPieceSettings } from "./word-piece.ts";

/** Start and end of each word, row by row. */
export type WordSpans = Pick<Rows, "spans" | "rowEnds">;

/**
 * Creates a tokenizer that splits texts into words as `core` does, and encodes each word as one token: without a vocabulary,
 * every word is unknown.
 */
export function createWordCore(
  runtime: Runtime,
  core: Core,
  options: ResolvedOptions,
  settings: WordPieceSettings,
  { special, added }: RecognizedTokens,
): Core {
  // Without a vocabulary, special tokens have no ids.
  const flags = { singleWord: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const isNew = (token: string) =>
    options.specialTokens === "everywhere" && added.every(({ content }) => content !== token);
  const known = special.filter(isNew).flatMap((content) => {
    const id = core.id(content);
    return id === undefined ? [] : [{ id, content, ...flags }];
  });
  return createCore(runtime, { text: "", verbatim: true }, options, settings, { special, added: [...added, ...known] });
}

/**
 * Returns, for each token, the index of its word in its row.
 *
 * @param words spans of the words; undefined if a prefix tells the tokens that continue a word
 */
export function numberWords(
  { ids, spans, rowEnds }: Rows,
  tokenOf: (id: number) => string,
  prefix: string,
  words: WordSpans | undefined,
): Int32Array {
  const wordIds = new Int32Array(ids.length);
  let index = 0;
  for (const [row, end] of rowEnds.entries()) {
    const first = words?.rowEnds[row - 1] ?? 0;
    for (let word = words === undefined ? -1 : 0; index < end; index++) {
      if (words === undefined) {
        if (!isContinuation(tokenOf(ids[index]!), prefix)) word++;
      } else {
        while (spans[2 * index]! >= words.spans[2 * (first + word) + 1]!) word++;
      }
      wordIds[index] = word;
    }
  }
  return wordIds;
}
