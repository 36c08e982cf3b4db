import { type Core, createCore } from "./core.ts";
import type { RecognizedTokens } from "./core-source.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Runtime } from "./runtime.ts";
import { encodeTexts, type RowOptions } from "./wasm.ts";
import type { WordPieceSettings } from "./word-piece.ts";

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
 * Returns the spans of the words of each text.
 *
 * @param core result of {@link createWordCore}
 */
export function spansOfWords(
  runtime: Runtime,
  core: Core,
  texts: readonly string[],
  options: RowOptions,
): Int32Array[] {
  const { memory, spans, rowEnds } = encodeTexts(runtime, core, texts, options);
  let start = 0;
  return texts.map((_, row) => {
    const from = start;
    start = memory[rowEnds + row]!;
    return memory.slice(spans + 2 * from, spans + 2 * start);
  });
}

/**
 * Returns, for the span of each token, the index of its word. A word starts where its first token starts, once the previous word
 * is complete. The spans of words may overlap: an added token may include the whitespace with which the next one begins.
 */
export function wordsOfSpans(tokens: Int32Array, words: Int32Array): Int32Array {
  let word = 0;
  return Int32Array.from({ length: tokens.length / 2 }, (_, index) => {
    const isComplete = index > 0 && tokens[2 * index - 1] === words[2 * word + 1];
    if (isComplete && tokens[2 * index]! >= words[2 * word + 2]!) word++;
    return word;
  });
}
