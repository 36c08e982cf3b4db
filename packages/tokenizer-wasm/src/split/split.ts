import { BertieError } from "@bertie/common";
import type { BertTokenizer } from "../tokenizer.ts";
import type { SplitOptions, TextChunk } from "./options.ts";
import { createSplitter } from "./splitter.ts";

/**
 * Splits a text into chunks of at most `maxTokens` tokens, for embedding or retrieval. A chunk ends at the end of a
 * paragraph or of a sentence where possible. A longer sentence is split at the end of a line, at a space or between words,
 * and only a word that is longer than a chunk is split between tokens.
 *
 * The chunks contain every character of the text except whitespace. A blank line or a heading in Markdown starts a
 * paragraph, and a heading stays with the text below. Ends of sentences are found by `Intl.Segmenter`. The time is
 * proportional to the length of the text.
 *
 * @returns the chunks in order, with offsets in UTF-16 code units and token counts; none for a blank text
 * @throws BertieError "options/value" if an option is out of range, or if a single character has more tokens than fit into a
 * chunk, "options/conflict" if both kinds of overlap are set, "input/not-text"
 *
 * @example
 * ```ts
 * import { BertTokenizer, splitText } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromPretrained("examples/models/all-MiniLM-L6-v2");
 * const text = "The room was clean. Breakfast was cold. The staff was friendly.";
 * const chunks = splitText(tokenizer, text, { maxTokens: 12 });
 * console.log(chunks[0]); // { text: "The room was clean. Breakfast was cold.", start: 0, end: 39, tokens: 11 }
 * ```
 */
export function splitText(tokenizer: BertTokenizer, text: string, options: SplitOptions): TextChunk[] {
  const splitter = createSplitter(tokenizer, options);
  return [...splitter.push(checkText(text)), ...splitter.finish()];
}

/**
 * Splits a text that arrives in pieces, such as a file that is read as a stream. Yields the chunks that {@link splitText}
 * returns for the whole text, with offsets in the whole text. At most about 100,000 characters are kept in memory.
 *
 * @param pieces pieces of the text, cut anywhere, such as a file or a response after a TextDecoderStream
 * @throws BertieError the errors of {@link splitText}, and any error of `pieces`
 *
 * @example
 * ```ts
 * import { BertTokenizer, splitStream } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromPretrained("examples/models/all-MiniLM-L6-v2");
 * const pieces = ["The room was cl", "ean. Breakfast was cold. ", "The staff was friendly."];
 * for await (const { text, start } of splitStream(tokenizer, pieces, { maxTokens: 12 })) {
 *   console.log(start, text); // 0 The room was clean. Breakfast was cold.
 * }
 * ```
 */
export async function* splitStream(
  tokenizer: BertTokenizer,
  pieces: Iterable<string> | AsyncIterable<string>,
  options: SplitOptions,
): AsyncGenerator<TextChunk> {
  const splitter = createSplitter(tokenizer, options);
  for await (const piece of pieces) yield* splitter.push(checkText(piece));
  yield* splitter.finish();
}

/**
 * Returns a stream that splits the text written to it, as {@link splitStream} does.
 *
 * @throws BertieError "options/value" or "options/conflict" if an option is invalid; the stream fails with the other errors
 * of {@link splitText}
 *
 * @example
 * ```ts
 * import { BertTokenizer, splitterStream } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromPretrained("examples/models/all-MiniLM-L6-v2");
 * const response = new Response("The room was clean. Breakfast was cold. The staff was friendly.");
 * const chunks = response.body!
 *   .pipeThrough(new TextDecoderStream())
 *   .pipeThrough(splitterStream(tokenizer, { maxTokens: 12 }));
 * for await (const { tokens, text } of chunks) console.log(tokens, text); // 11 The room was clean. Breakfast was cold.
 * ```
 */
export function splitterStream(tokenizer: BertTokenizer, options: SplitOptions): TransformStream<string, TextChunk> {
  const splitter = createSplitter(tokenizer, options);
  return new TransformStream<string, TextChunk>({
    transform(piece, controller) {
      for (const chunk of splitter.push(checkText(piece))) controller.enqueue(chunk);
    },
    flush(controller) {
      for (const chunk of splitter.finish()) controller.enqueue(chunk);
    },
  });
}

function checkText(text: unknown): string {
  if (typeof text === "string") return text;
  const found = text instanceof Uint8Array ? "bytes. Decode them, for example with a TextDecoderStream" : typeof text;
  throw new BertieError("input/not-text", `the text to split must be a string, found ${found}.`);
}
