import { BertieError } from "@bertie/common";
import type { Core } from "./core.ts";
import type { Runtime } from "./runtime.ts";

export { plainView } from "./core-source.ts";

const encoder = /* @__PURE__ */ new TextEncoder();
/** Maximum number of UTF-8 bytes per UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

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
function inputBuffer(runtime: Runtime, length: number): Uint8Array {
  if (length > MAX_INPUT_BYTES) throw noMemory(length);
  const { memory, buffers } = runtime;
  let start = buffers.input(length);
  if (start === 0) {
    // The tables of other tokenizers can be built again.
    runtime.freeOthers();
    start = buffers.input(length);
  }
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
export function encodeTexts(runtime: Runtime, core: Core, texts: readonly string[], options: RowOptions): Rows {
  return runtime.run(() => {
    let row = 0;
    do {
      const next = chunkEnd(texts, row);
      encodeChunk(runtime, core, texts.slice(row, next), options, row > 0);
      row = next;
    } while (row < texts.length);
    return outputRows(runtime);
  });
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
  core: Core,
  texts: readonly string[],
  { frame, maxLength, spans }: RowOptions,
  append: boolean,
): void {
  // The tables come first, because building them overwrites the input.
  const tables = core.tables();
  let capacity = 0;
  for (const text of texts) capacity += text.length * MAX_BYTES_PER_UNIT;
  const start = inputBuffer(runtime, capacity).byteOffset;
  const { memory, buffers } = runtime;
  const ends = buffers.text_ends(texts.length);
  if (ends === 0) throw noMemory(capacity);
  const input = new Uint8Array(memory.buffer, start, capacity);
  const rowEnds = new Uint32Array(memory.buffer, ends, texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += encoder.encodeInto(texts[row]!, end === 0 ? input : input.subarray(end)).written;
    rowEnds[row] = end;
  }
  const encode = () => tables.encode(buffers, frame?.slice(), toUint32(maxLength), spans, append);
  if (encode() || withMoreMemory(runtime, encode)) return;
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
export function encodeBytes(runtime: Runtime, core: Core, bytes: Uint8Array, options: LineOptions): Rows {
  const invalid = { replace: 0, skip: 1, fail: 2 }[options.invalid];
  const maxLength = toUint32(options.maxLength);
  return runtime.run(() => {
    const tables = core.tables();
    inputBuffer(runtime, bytes.length).set(bytes);
    const { buffers } = runtime;
    const encode = () =>
      tables.encode_lines(buffers, bytes.length, options.frame?.slice(), maxLength, options.spans, invalid);
    if (encode() || withMoreMemory(runtime, encode)) return outputRows(runtime);
    shrink(runtime);
    throw noMemory(bytes.length);
  });
}

/** Encodes after freeing the tables of other tokenizers. */
function withMoreMemory(runtime: Runtime, encode: () => boolean): boolean {
  runtime.freeOthers();
  return encode();
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
