import { BertieError } from "@bertie/common";
import type { Core } from "./core.ts";
import type { Runtime } from "./runtime.ts";
import type { RowLayout } from "./template.ts";

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
 * Allocates `length` bytes of the module's memory, to which the caller writes text. Returns their address.
 *
 * @throws BertieError "input/too-large" if there is not enough memory
 */
function allocateInput(runtime: Runtime, length: number): number {
  if (length > MAX_INPUT_BYTES) throw noMemory(length);
  let start = runtime.buffers.input(length);
  if (start === 0) {
    // The tables of other tokenizers can be built again.
    runtime.freeOthers();
    start = runtime.buffers.input(length);
  }
  if (start === 0) throw noMemory(length);
  return start;
}

function noMemory(bytes: number): BertieError {
  return new BertieError(
    "input/too-large",
    `not enough memory for a text or batch of up to ${bytes} bytes and its tokens. Encode the input in smaller parts.`,
  );
}

/** Tokens of several rows in the module's memory. The next call of any function in this file invalidates them. */
export type Rows = {
  /** The module's memory. The other properties are positions in this array, and numbers of elements. */
  readonly memory: Int32Array;
  /** Position of the token ids of all rows. */
  readonly ids: number;
  /** Number of tokens in all rows. */
  readonly tokens: number;
  /** Position of the start and end of each token in its text, shape `[tokens, 2]`, if requested. */
  readonly spans: number;
  /** Position of the end of each row, as a number of tokens. */
  readonly rowEnds: number;
  /** Number of rows. */
  readonly size: number;
};

/** Rows of lines: in addition, the lines that are not valid UTF-8. */
export type LineRows = Rows & {
  /** Position of the index of each such row, and of the position of its first invalid byte, shape `[invalid, 2]`. */
  readonly invalidRows: number;
  /** Number of such rows. */
  readonly invalid: number;
};

/** Options for encoding rows, as parameters of the Rust functions. */
export type RowOptions = {
  /** Ids to add before and after each text; none if undefined. */
  readonly frame: Pick<RowLayout, "frame" | "prefix"> | undefined;
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
      encodeChunk(runtime, core, texts, row, next, options);
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
  for (let units = 0; to < texts.length; to++) {
    units += texts[to]!.length;
    if (units > CHUNK_UNITS && to > from) break;
  }
  return to;
}

/**
 * Encodes the texts from `from` to `to`, whose total size is limited, and appends them to the rows of the texts before.
 *
 * @throws BertieError "input/too-large" if there is not enough memory
 */
function encodeChunk(
  runtime: Runtime,
  core: Core,
  texts: readonly string[],
  from: number,
  to: number,
  { frame, maxLength, spans }: RowOptions,
): void {
  // The tables come first, because building them overwrites the input.
  const tables = core.tables();
  let capacity = 0;
  for (let row = from; row < to; row++) capacity += texts[row]!.length * MAX_BYTES_PER_UNIT;
  const start = allocateInput(runtime, capacity);
  const { buffers } = runtime;
  const ends = buffers.text_ends(to - from);
  if (ends === 0) throw noMemory(capacity);
  const input = runtime.bytes(start, capacity);
  const { words } = runtime;
  let end = 0;
  for (let row = from; row < to; row++) {
    end += encoder.encodeInto(texts[row]!, end === 0 ? input : input.subarray(end)).written;
    words[(ends >>> 2) + row - from] = end;
  }
  const encode = () => tables.encode(buffers, frame?.frame, frame?.prefix ?? 0, toUint32(maxLength), spans, from > 0);
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
export function encodeBytes(runtime: Runtime, core: Core, bytes: Uint8Array, options: LineOptions): LineRows {
  const { frame, spans } = options;
  const invalid = { replace: 0, skip: 1, fail: 2 }[options.invalid];
  const maxLength = toUint32(options.maxLength);
  return runtime.run(() => {
    const tables = core.tables();
    const start = allocateInput(runtime, bytes.length);
    runtime.bytes(start, bytes.length).set(bytes);
    const { buffers } = runtime;
    const encode = () =>
      tables.encode_lines(buffers, bytes.length, frame?.frame, frame?.prefix ?? 0, maxLength, spans, invalid);
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

function outputRows(runtime: Runtime): LineRows {
  const summary = runtime.buffers.tokens() >>> 2;
  const memory = runtime.words;
  return {
    memory,
    ids: memory[summary]! >>> 2,
    tokens: memory[summary + 1]!,
    spans: memory[summary + 2]! >>> 2,
    rowEnds: memory[summary + 4]! >>> 2,
    size: memory[summary + 5]!,
    invalidRows: memory[summary + 6]! >>> 2,
    invalid: memory[summary + 7]! >>> 1,
  };
}

/** Frees buffers that became unusually large. Invalidates {@link Rows}. */
export function shrink({ buffers }: Runtime): void {
  buffers.shrink();
}

/** Converts a count that may be infinite to the module's 32-bit integer. */
function toUint32(count: number): number {
  return Math.min(count, 0xffff_ffff);
}
