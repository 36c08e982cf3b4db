import { BertieError } from "@bertie/common";
import type { Core } from "./core.ts";
import type { SpecialIds } from "./encoding.ts";
import { limitsOf } from "./encoding.ts";
import type { Runtime } from "./runtime.ts";
import { encodeBytes, type LineOptions, plainView, type Rows, shrink } from "./wasm.ts";

/** Options of {@link BertTokenizer.encodeLines}. */
export type EncodeLinesOptions = {
  /** Maximum number of tokens per row, including special tokens (default: unlimited). */
  readonly maxLength?: number | undefined;
  /**
   * Whether to add `[CLS]` and `[SEP]` to each row.
   *
   * @default true
   */
  readonly addSpecialTokens?: boolean | undefined;
  /**
   * Whether to return the position of each token in its line.
   *
   * @default false
   */
  readonly offsets?: boolean | undefined;
  /**
   * Handling of lines that are not valid UTF-8: "replace" replaces invalid bytes with U+FFFD, "skip" leaves the row
   * empty, and "fail" throws an error.
   *
   * @default "replace"
   */
  readonly invalidUtf8?: "replace" | "skip" | "fail" | undefined;
  /**
   * Result of an earlier call that is no longer needed. Its arrays are overwritten if they are large enough, which
   * saves time when a corpus is encoded in parts.
   */
  readonly reuse?: Lines | undefined;
};

/** Encodings of lines, as rows of different lengths, one after the other. The arrays may be views of larger buffers. */
export type Lines = {
  /** Token ids of all rows. */
  readonly ids: Int32Array;
  /**
   * Start of each row, and the end of the last, shape `[lines + 1]`. Row r is
   * `ids.subarray(rowOffsets[r], rowOffsets[r + 1])`.
   */
  readonly rowOffsets: Int32Array;
  /** Start and end of each token, in bytes from the start of its line, shape `[ids.length, 2]`; only if requested. */
  readonly offsets?: Int32Array;
  /** Indices, from 0, of the lines that are not valid UTF-8. */
  readonly invalidLines: number[];
};

/** Number of bytes per call: large enough to make the call's overhead negligible, and small enough for CPU caches. */
const CHUNK_BYTES = 1 << 16;
const LINE_FEED = 10;

/**
 * Encodes UTF-8 text, one row per line, in chunks of lines.
 *
 * @throws BertieError "input/not-bytes", "input/too-large", "input/invalid-utf8" if `invalidUtf8` is "fail", or
 * "options/…" if an option is invalid
 */
export function encodeAllLines(
  runtime: Runtime,
  core: Core,
  given: Uint8Array,
  options: EncodeLinesOptions,
  special: SpecialIds,
): Lines {
  const bytes = plainView(given);
  const frame = options.addSpecialTokens ?? true;
  const { maxTextTokens } = limitsOf({ maxLength: options.maxLength, addSpecialTokens: frame }, 1);
  const lineOptions: LineOptions = {
    frame: frame ? [special.cls, special.sep] : undefined,
    maxLength: maxTextTokens + (frame ? 2 : 0),
    spans: Boolean(options.offsets),
    invalid: options.invalidUtf8 ?? "replace",
  };
  const lines = new LinesBuilder(lineOptions.spans, options.reuse);
  for (let start = 0; start < bytes.length; ) {
    const end = chunkEnd(bytes, start);
    const rows = encodeBytes(runtime, core, bytes.subarray(start, end), lineOptions);
    if (lineOptions.invalid === "fail" && rows.invalid.length > 0) {
      const [line, byte] = [lines.count + rows.invalid[0]!, rows.invalid[1]!];
      throw new BertieError(
        "input/invalid-utf8",
        `line ${line + 1}, byte ${byte + 1}: invalid UTF-8. Convert the text to UTF-8, or set invalidUtf8 to "replace" or "skip".`,
      );
    }
    lines.append(rows, (bytes.length - end) / (end - start));
    start = end;
  }
  shrink(runtime);
  return lines.finish();
}

/** Returns the end of the chunk that starts at `start`: after a line feed, or at the end of the text. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  if (start + CHUNK_BYTES >= bytes.length) return bytes.length;
  const last = bytes.lastIndexOf(LINE_FEED, start + CHUNK_BYTES);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(LINE_FEED, start + CHUNK_BYTES);
  return next < 0 ? bytes.length : next + 1;
}

/** Collects the rows of chunks in growing arrays. */
class LinesBuilder {
  count = 0;
  readonly #invalidLines: number[] = [];
  #tokens = 0;
  #ids: Int32Array;
  #offsets: Int32Array | undefined;
  #rowOffsets: Int32Array;

  constructor(spans: boolean, reuse: Lines | undefined) {
    this.#ids = wholeBuffer(reuse?.ids);
    this.#offsets = spans ? wholeBuffer(reuse?.offsets) : undefined;
    this.#rowOffsets = wholeBuffer(reuse?.rowOffsets, 1);
    this.#rowOffsets[0] = 0;
  }

  /**
   * Appends the rows of a chunk.
   *
   * @param remaining size of the remaining text relative to the chunk, from which array growth is estimated
   */
  append({ ids, spans, rowEnds, invalid }: Rows, remaining: number): void {
    const [tokens, count] = [this.#tokens, this.count];
    this.#ids = withCapacity(this.#ids, tokens, ids.length, remaining);
    this.#ids.set(ids, tokens);
    if (this.#offsets !== undefined) {
      this.#offsets = withCapacity(this.#offsets, 2 * tokens, spans.length, remaining);
      this.#offsets.set(spans, 2 * tokens);
    }
    this.#rowOffsets = withCapacity(this.#rowOffsets, count + 1, rowEnds.length, remaining);
    for (let row = 0; row < rowEnds.length; row++) this.#rowOffsets[count + 1 + row] = tokens + rowEnds[row]!;
    for (let i = 0; i < invalid.length; i += 2) this.#invalidLines.push(count + invalid[i]!);
    this.#tokens += ids.length;
    this.count += rowEnds.length;
  }

  finish(): Lines {
    return {
      ids: this.#ids.subarray(0, this.#tokens),
      rowOffsets: this.#rowOffsets.subarray(0, this.count + 1),
      ...(this.#offsets && { offsets: this.#offsets.subarray(0, 2 * this.#tokens) }),
      invalidLines: this.#invalidLines,
    };
  }
}

/** Returns a view of the array's entire buffer, or a new array if the buffer has fewer than `length` elements. */
function wholeBuffer(array: Int32Array | undefined, length = 0): Int32Array {
  const capacity = array === undefined ? 0 : array.buffer.byteLength >> 2;
  return capacity === 0 || capacity < length ? new Int32Array(length) : new Int32Array(array!.buffer, 0, capacity);
}

/** Returns the array, or a larger copy if the array has no space for `added` elements after the first `used`. */
function withCapacity(array: Int32Array, used: number, added: number, remaining: number): Int32Array {
  if (used + added <= array.length) return array;
  // Assume that the remaining text has about as many tokens per byte as this chunk. If not, the array grows again.
  const larger = new Int32Array(used + added + Math.ceil(1.1 * remaining * added));
  larger.set(array.subarray(0, used));
  return larger;
}
