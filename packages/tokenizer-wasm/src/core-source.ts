import { type AddedToken, BertieError } from "@bertie/common";
import type { Buffers, Tokenizer } from "../wasm/bindings.js";
import type { Memory } from "./compiled-module.ts";

/** A vocabulary with one token per line. */
export type VocabularyText = {
  /** Text, or UTF-8 bytes. */
  readonly text: string | Uint8Array;
  /** Whether to keep whitespace around tokens. */
  readonly verbatim: boolean;
};

/** Everything that determines the tables of a tokenizer. */
export type CoreSource = VocabularyText & {
  /** Options as packed by `packOptions()`. */
  readonly flags: number;
  readonly maxWordChars: number;
  /** Special tokens, one per line. */
  readonly special: string;
  /** Added tokens as packed by {@link packAddedToken}, one per line. */
  readonly added: string;
  /** Token for words that do not match the vocabulary. */
  readonly unknownToken: string;
  /** Prefix of tokens that continue a word. */
  readonly continuationPrefix: string;
};

/** Tokens to recognize in the text. */
export type RecognizedTokens = {
  /** Tokens that follow the rule for special tokens. */
  readonly special: readonly string[];
  /** Tokens that are found before the text is split into words. */
  readonly added: readonly AddedToken[];
};

/** Maximum length of a vocabulary in characters or bytes. Real vocabularies are far shorter. */
const MAX_VOCABULARY_LENGTH = 1 << 24;
/** Maximum number of UTF-8 bytes per UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Returns the bytes as a plain Uint8Array, because getters of a caller's subclass could return a different length on
 * each call.
 *
 * @throws BertieError "input/not-bytes" if the value is not a view of a buffer, or the buffer is detached
 */
export function plainView(bytes: Uint8Array): Uint8Array {
  try {
    if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch {
    // The buffer is detached, or a subclass reports an offset or length outside the buffer.
  }
  throw new BertieError("input/not-bytes", "the input is not bytes. Pass a Uint8Array whose buffer is not detached.");
}

/**
 * Packs an added token into a line, which the WebAssembly module reads.
 *
 * @param hasBareSpan whether its offsets exclude whitespace around it
 */
export function packAddedToken(token: AddedToken, hasBareSpan: boolean): string {
  const { id, content, singleWord, lstrip, rstrip, normalized } = token;
  const flags = [singleWord, lstrip, rstrip, normalized, hasBareSpan].reduce(
    (packed, flag, bit) => packed | (Number(flag) << bit),
    0,
  );
  return `${flags} ${id} ${content}`;
}

/** Returns whether two sources yield the same tables. */
export function isSameSource(first: CoreSource, second: CoreSource): boolean {
  return (
    first.text.length === second.text.length &&
    first.verbatim === second.verbatim &&
    first.flags === second.flags &&
    first.maxWordChars === second.maxWordChars &&
    first.special === second.special &&
    first.added === second.added &&
    first.unknownToken === second.unknownToken &&
    first.continuationPrefix === second.continuationPrefix &&
    isSameText(first.text, second.text)
  );
}

function isSameText(first: string | Uint8Array, second: string | Uint8Array): boolean {
  if (typeof first === "string" || typeof second === "string") return first === second;
  // Similar vocabularies often differ in their last tokens.
  for (let i = first.length - 1; i >= 0; i--) if (first[i] !== second[i]) return false;
  return true;
}

/**
 * Builds the tables of a tokenizer.
 *
 * @returns undefined if there is not enough memory
 * @throws BertieError "vocabulary/invalid-utf8" or "vocabulary/too-large" if the vocabulary is rejected
 */
export function createTables(
  instance: { readonly memory: Memory; readonly buffers: Buffers; readonly tokenizers: typeof Tokenizer },
  source: CoreSource,
): Tokenizer | undefined {
  const { buffers, memory } = instance;
  const { text, verbatim, flags, maxWordChars, special, added, unknownToken, continuationPrefix } = source;
  if (text.length > MAX_VOCABULARY_LENGTH)
    throw tooLarge(`${text.length} characters, more than ${MAX_VOCABULARY_LENGTH}`);
  const capacity = typeof text === "string" ? text.length * MAX_BYTES_PER_UNIT : text.length;
  const start = buffers.input(capacity);
  if (start === 0) return undefined;
  const length = writeVocabulary(text, new Uint8Array(memory.buffer, start, capacity));
  if (!buffers.has_memory_for_vocabulary(length)) return undefined;
  const tables = instance.tokenizers.from_vocabulary(
    buffers,
    length,
    verbatim,
    flags,
    maxWordChars,
    special,
    added,
    unknownToken,
    continuationPrefix,
  );
  if (tables !== undefined) return tables;
  switch (buffers.vocabulary_error(length)) {
    case 1:
      throw new BertieError(
        "vocabulary/invalid-utf8",
        "the vocabulary is not valid UTF-8. Check that it is a BERT vocab.txt.",
      );
    case 2:
      throw tooLarge("more than 1048576 tokens");
    default:
      throw tooLarge("more than 1000 tokens share a prefix");
  }
}

/** Writes a vocabulary as UTF-8. Returns the number of bytes. */
function writeVocabulary(text: string | Uint8Array, input: Uint8Array): number {
  if (typeof text === "string") return encoder.encodeInto(text, input).written;
  const withoutMark = BYTE_ORDER_MARK.every((byte, i) => text[i] === byte) ? text.subarray(3) : text;
  input.set(withoutMark);
  return withoutMark.length;
}

function tooLarge(reason: string): BertieError {
  const text = `the vocabulary is too large (${reason}). Check that it is a BERT vocab.txt.`;
  return new BertieError("vocabulary/too-large", text);
}
