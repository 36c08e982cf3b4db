import { BertieError } from "@bertie/common";
import type { Core } from "./core.ts";
import { type OptionRules, optionReader, readBoolean, readChoice } from "./read-options.ts";
import { type ReusedArrays, readMaxLength, readReuse } from "./row-options.ts";
import type { Runtime } from "./runtime.ts";
import { type RowFormat, rowLayout } from "./template.ts";
import { roomForText } from "./truncation.ts";
import { encodeBytes, type LineOptions, type LineRows, plainView, shrink } from "./wasm.ts";

/** Options of {@link BertTokenizer.encodeLines}. */
export type EncodeLinesOptions = {
  /**
   * Maximum number of tokens per row, including special tokens (default: unlimited). Longer lines lose their end. `defaults`
   * of the tokenizer do not apply.
   */
  readonly maxLength?: number | undefined;
  /** Same as `maxLength`. */
  readonly max_length?: number | undefined;
  /**
   * Whether to add the special tokens of the tokenizer's `template`, such as `[CLS]` and `[SEP]`, to each row.
   *
   * @default true
   */
  readonly addSpecialTokens?: boolean | undefined;
  /** Same as `addSpecialTokens`. */
  readonly add_special_tokens?: boolean | undefined;
  /**
   * Whether to return the position of each token in its line.
   *
   * @default false
   */
  readonly offsets?: boolean | undefined;
  /** Same as `offsets`. */
  readonly return_offsets_mapping?: boolean | undefined;
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

type ReadLinesOptions = Pick<EncodeLinesOptions, "maxLength" | "addSpecialTokens" | "offsets" | "invalidUtf8"> & {
  readonly reuse?: ReusedArrays;
};

const LINES_RULES: OptionRules<ReadLinesOptions> = {
  maxLength: { alias: ["max_length"], read: readMaxLength },
  addSpecialTokens: { alias: ["add_special_tokens"], read: readBoolean },
  offsets: { alias: ["return_offsets_mapping"], read: readBoolean },
  invalidUtf8: {
    read: readChoice(
      new Map([
        ["replace", "replace"],
        ["skip", "skip"],
        ["fail", "fail"],
      ] as const),
    ),
  },
  reuse: { read: readReuse },
};
const readLinesOptions = optionReader("encodeLines()", LINES_RULES);

/** Number of bytes per call: large enough to make the call's overhead negligible, and small enough for CPU caches. */
const CHUNK_BYTES = 1 << 16;
const LINE_FEED = 10;

/**
 * Encodes UTF-8 text, one row per line, in chunks of lines.
 *
 * @param firstLine number of lines before the text, for messages
 * @throws BertieError "input/not-bytes", "input/too-large", "input/invalid-utf8" if `invalidUtf8` is "fail", or
 * "options/…" if an option is invalid
 */
export function encodeAllLines(
  runtime: Runtime,
  core: Core,
  given: Uint8Array,
  givenOptions: EncodeLinesOptions | undefined,
  format: RowFormat,
  firstLine = 0,
): Lines {
  const { maxLength, ...options } = readLinesOptions(givenOptions);
  const bytes = plainView(given);
  const frame = rowLayout(format, 1, options.addSpecialTokens ?? true);
  if (maxLength !== undefined) roomForText(maxLength, frame.specialTokens);
  const lineOptions: LineOptions = {
    frame,
    maxLength: maxLength ?? Number.POSITIVE_INFINITY,
    spans: options.offsets ?? false,
    invalid: options.invalidUtf8 ?? "replace",
  };
  const lines = new LinesBuilder(lineOptions.spans, options.reuse);
  for (let start = 0; start < bytes.length; ) {
    const end = chunkEnd(bytes, start);
    const rows = encodeBytes(runtime, core, bytes.subarray(start, end), lineOptions);
    if (lineOptions.invalid === "fail" && rows.invalid > 0) {
      const [row, byte] = [rows.memory[rows.invalidRows]!, rows.memory[rows.invalidRows + 1]!];
      const line = firstLine + lines.count + row;
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

  constructor(spans: boolean, reuse: ReusedArrays | undefined) {
    this.#ids = reuse?.ids ?? new Int32Array(0);
    this.#offsets = spans ? (reuse?.offsets ?? new Int32Array(0)) : undefined;
    this.#rowOffsets = reuse?.rowOffsets ?? new Int32Array(1);
    this.#rowOffsets[0] = 0;
  }

  /**
   * Appends the rows of a chunk.
   *
   * @param remaining size of the remaining text relative to the chunk, from which array growth is estimated
   */
  append(rows: LineRows, remaining: number): void {
    const { memory, size } = rows;
    const [tokens, count] = [this.#tokens, this.count];
    this.#ids = withCapacity(this.#ids, tokens, rows.tokens, remaining);
    this.#ids.set(memory.subarray(rows.ids, rows.ids + rows.tokens), tokens);
    if (this.#offsets !== undefined) {
      this.#offsets = withCapacity(this.#offsets, 2 * tokens, 2 * rows.tokens, remaining);
      this.#offsets.set(memory.subarray(rows.spans, rows.spans + 2 * rows.tokens), 2 * tokens);
    }
    this.#rowOffsets = withCapacity(this.#rowOffsets, count + 1, size, remaining);
    for (let row = 0; row < size; row++) this.#rowOffsets[count + 1 + row] = tokens + memory[rows.rowEnds + row]!;
    for (let i = 0; i < rows.invalid; i++) this.#invalidLines.push(count + memory[rows.invalidRows + 2 * i]!);
    this.#tokens += rows.tokens;
    this.count += size;
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

/** Returns the array, or a larger copy if the array has no space for `added` elements after the first `used`. */
function withCapacity(array: Int32Array, used: number, added: number, remaining: number): Int32Array {
  if (used + added <= array.length) return array;
  // Assume that the remaining text has about as many tokens per byte as this chunk. If not, the array grows again.
  const larger = new Int32Array(used + added + Math.ceil(1.1 * remaining * added));
  larger.set(array.subarray(0, used));
  return larger;
}
