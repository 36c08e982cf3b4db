import { type AddedToken, BertieError } from "@bertie/common";
import * as bindings from "../wasm/bindings.js";
import { type Buffers, Tokenizer } from "../wasm/bindings.js";
import { packOptions, resolveOptions } from "./options.ts";

/** The module, its memory, and the input and output buffers that all tokenizers share. They are never freed. */
export type Runtime = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly buffers: Buffers;
};

export type { Tokenizer as Core } from "../wasm/bindings.js";

/** Creates the instance of the module that all tokenizers of this thread share. */
export async function instantiate(module: WebAssembly.Module): Promise<Runtime> {
  const imports = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }) => [name, (bindings as Record<string, unknown>)[name]]),
  );
  const instance = await WebAssembly.instantiate(module, { "./tokenizer_bg.js": imports as WebAssembly.ModuleImports });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as (() => void) | undefined)?.();
  const buffers = new bindings.Buffers();
  warmUp(buffers);
  return { module, memory: instance.exports.memory as WebAssembly.Memory, buffers };
}

/**
 * Creates a tokenizer without tokens, so that the JavaScript engine compiles the code before the first real tokenizer
 * is created. In Node, this takes 4 ms and reduces the time to create the first tokenizer from 13 ms to 8 ms.
 */
function warmUp(buffers: Buffers): void {
  const flags = packOptions(resolveOptions({}));
  Tokenizer.from_vocabulary(buffers, 0, false, flags, 1, "", "")?.free();
}

const encoder = new TextEncoder();
/** Maximum number of UTF-8 bytes per UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A vocabulary with one token per line. */
export type VocabularyText = {
  /** Text, or UTF-8 bytes. */
  readonly text: string | Uint8Array;
  /** Whether to keep whitespace around tokens. */
  readonly verbatim: boolean;
};

/** Maximum length of a vocabulary in characters or bytes. Real vocabularies are far shorter. */
const MAX_VOCABULARY_LENGTH = 1 << 24;

/** Packs an added token into a line, which the WebAssembly module reads. */
function packAddedToken({ id, content, singleWord, lstrip, rstrip, normalized }: AddedToken): string {
  const flags = Number(singleWord) | (Number(lstrip) << 1) | (Number(rstrip) << 2) | (Number(normalized) << 3);
  return `${flags} ${id} ${content}`;
}

/** Settings of a tokenizer, as the last parameters of {@link createCore}. */
export type CoreSettings = readonly [
  flags: number,
  maxWordChars: number,
  tokens: { readonly special: readonly string[]; readonly added: readonly AddedToken[] },
];

/**
 * Creates a tokenizer.
 *
 * @param flags options as packed by {@link packOptions}
 * @throws BertieError "vocabulary/invalid-utf8" or "vocabulary/too-large" if the vocabulary is rejected
 */
export function createCore(
  runtime: Runtime,
  { text, verbatim }: VocabularyText,
  ...[flags, maxWordChars, tokens]: CoreSettings
): Tokenizer {
  const { buffers } = runtime;
  const given = typeof text === "string" ? text : plainView(text);
  if (given.length > MAX_VOCABULARY_LENGTH)
    throw tooLarge(`${given.length} characters, more than ${MAX_VOCABULARY_LENGTH}`);
  const capacity = typeof given === "string" ? given.length * MAX_BYTES_PER_UNIT : given.length;
  const input = inputBuffer(runtime, capacity);
  let length: number;
  if (typeof given === "string") {
    length = encoder.encodeInto(given, input).written;
  } else {
    const withoutMark = BYTE_ORDER_MARK.every((byte, i) => given[i] === byte) ? given.subarray(3) : given;
    input.set(withoutMark);
    length = withoutMark.length;
  }
  const special = tokens.special.join("\n");
  const added = tokens.added.map(packAddedToken).join("\n");
  const core = Tokenizer.from_vocabulary(buffers, length, verbatim, flags, maxWordChars, special, added);
  if (core !== undefined) return core;
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

function tooLarge(reason: string): BertieError {
  const text = `the vocabulary is too large (${reason}). Check that it is a BERT vocab.txt.`;
  return new BertieError("vocabulary/too-large", text);
}

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
 * Maximum input size in bytes: a quarter of the module's address space, because tokens take more memory than their
 * text.
 */
const MAX_INPUT_BYTES = 1 << 30;

/**
 * Returns a view of `length` bytes of the module's memory, to which the caller writes text.
 *
 * @throws BertieError "input/too-large" if there is not enough memory
 */
function inputBuffer({ memory, buffers }: Runtime, length: number): Uint8Array {
  const start = length <= MAX_INPUT_BYTES ? buffers.input(length) : 0;
  if (start === 0) throw noMemory(length);
  return new Uint8Array(memory.buffer, start, length);
}

function noMemory(bytes: number): BertieError {
  return new BertieError(
    "input/too-large",
    `not enough memory for a text or batch of up to ${bytes} bytes and its tokens. Encode the input in smaller parts.`,
  );
}

/**
 * Tokens of several rows, as views of the module's memory. The next call of any function in this file invalidates them.
 */
export type Rows = {
  /** Token ids of all rows. */
  readonly ids: Int32Array;
  /** Start and end of each token in its text, shape `[ids.length, 2]`; empty unless requested. */
  readonly spans: Int32Array;
  /** End of each row in `ids`. */
  readonly rowEnds: Int32Array;
  /**
   * Index of each row that is not valid UTF-8, and the position of its first invalid byte, shape `[invalid rows, 2]`.
   */
  readonly invalid: Int32Array;
};

/** Options for encoding rows, as parameters of the Rust functions. */
export type RowOptions = {
  /** Ids to add at the start and end of each row. */
  readonly frame: readonly [number, number] | undefined;
  /** Maximum number of tokens per row, including the frame; longer rows are truncated. */
  readonly maxLength: number;
  /** Whether to return the start and end of each token. */
  readonly spans: boolean;
};

/**
 * Encodes texts, one row per text. Spans are in UTF-16 code units.
 *
 * @param texts primitive strings only: the caller's code must not run while the texts are written to the module's
 * memory
 * @throws BertieError "input/too-large" if there is not enough memory
 */
export function encodeTexts(runtime: Runtime, core: Tokenizer, texts: readonly string[], options: RowOptions): Rows {
  let row = 0;
  do {
    const next = chunkEnd(texts, row);
    encodeChunk(runtime, core, texts.slice(row, next), options, row > 0);
    row = next;
  } while (row < texts.length);
  return outputRows(runtime);
}

/**
 * Number of UTF-16 code units per call: large enough to make the call's overhead negligible, and small enough for CPU
 * caches.
 */
const CHUNK_UNITS = 1 << 16;

/** Returns the index after the last text of the chunk that starts with text `from`. */
function chunkEnd(texts: readonly string[], from: number): number {
  let to = from;
  let units = 0;
  do units += texts[to++]?.length ?? 0;
  while (to < texts.length && units + texts[to]!.length <= CHUNK_UNITS);
  return to;
}

/**
 * Encodes texts whose total size is limited.
 *
 * @param append whether to append to the rows of the previous call instead of replacing them
 * @throws BertieError "input/too-large" if there is not enough memory
 */
function encodeChunk(
  runtime: Runtime,
  core: Tokenizer,
  texts: readonly string[],
  { frame, maxLength, spans }: RowOptions,
  append: boolean,
): void {
  const { memory, buffers } = runtime;
  let capacity = 0;
  for (const text of texts) capacity += text.length * MAX_BYTES_PER_UNIT;
  const start = inputBuffer(runtime, capacity).byteOffset;
  const ends = buffers.text_ends(texts.length);
  if (ends === 0) throw noMemory(capacity);
  const input = new Uint8Array(memory.buffer, start, capacity);
  const rowEnds = new Uint32Array(memory.buffer, ends, texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += encoder.encodeInto(texts[row]!, end === 0 ? input : input.subarray(end)).written;
    rowEnds[row] = end;
  }
  if (core.encode(buffers, frame?.slice(), toUint32(maxLength), spans, append)) return;
  shrink(runtime);
  throw noMemory(end);
}

/** Options for encoding lines. */
export type LineOptions = RowOptions & {
  readonly invalid: "replace" | "skip" | "fail";
};

/**
 * Encodes lines of UTF-8, one row per line. Spans are in bytes from the start of the line.
 *
 * @param bytes result of {@link plainView}
 * @throws BertieError "input/too-large" if there is not enough memory
 */
export function encodeBytes(runtime: Runtime, core: Tokenizer, bytes: Uint8Array, options: LineOptions): Rows {
  const { buffers } = runtime;
  inputBuffer(runtime, bytes.length).set(bytes);
  const invalid = { replace: 0, skip: 1, fail: 2 }[options.invalid];
  const maxLength = toUint32(options.maxLength);
  if (!core.encode_lines(buffers, bytes.length, options.frame?.slice(), maxLength, options.spans, invalid)) {
    shrink(runtime);
    throw noMemory(bytes.length);
  }
  return outputRows(runtime);
}

function outputRows({ memory, buffers }: Runtime): Rows {
  const summary = new Uint32Array(memory.buffer, buffers.tokens(), 8);
  const view = (vector: number) => new Int32Array(memory.buffer, summary[2 * vector], summary[2 * vector + 1]);
  return { ids: view(0), spans: view(1), rowEnds: view(2), invalid: view(3) };
}

/** Frees buffers that became unusually large. Invalidates {@link Rows}. */
export function shrink({ buffers }: Runtime): void {
  buffers.shrink();
}

/** Converts a count that may be infinite to the module's 32-bit integer. */
function toUint32(count: number): number {
  return Math.min(count, 0xffff_ffff);
}
