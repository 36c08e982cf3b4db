import { BertieError } from "@bertie/common";
import type { SpecialIds } from "./encoding.ts";
import { limitsOf } from "./encoding.ts";
import { type Core, encodeBytes, type LineOptions, ownView, type Rows, type Runtime, shrink } from "./wasm.ts";

/** Options of {@link BertTokenizer.encodeLines}. */
export type EncodeLinesOptions = {
  /** The most tokens in a row, special tokens among them. */
  readonly maxLength?: number | undefined;
  /** Put `[CLS]` and `[SEP]` around every row. Default true. */
  readonly addSpecialTokens?: boolean | undefined;
  /** Say where tokens come from. Default false. */
  readonly offsets?: boolean | undefined;
  /**
   * What becomes of a line that is no UTF-8: the bad bytes are read as U+FFFD ("replace", the default), the row is left
   * empty ("skip"), or there is an error ("fail").
   */
  readonly invalidUtf8?: "replace" | "skip" | "fail" | undefined;
  /**
   * Lines of an earlier call that are no longer needed: their arrays are written over where they are large enough. Saves
   * time when a corpus is encoded piece by piece.
   */
  readonly reuse?: Lines | undefined;
};

/** Lines as tokens: rows of different lengths, one after the other. The arrays may be views of larger buffers. */
export type Lines = {
  readonly ids: Int32Array;
  /** Row r is `ids.subarray(rowOffsets[r], rowOffsets[r + 1])`: one number more than there are lines. */
  readonly rowOffsets: Int32Array;
  /** Start and end of every token, in bytes from the beginning of its line, if asked for. */
  readonly offsets?: Int32Array;
  /** The lines (counted from 0) that are no UTF-8. */
  readonly invalidLines: number[];
};

/** Enough text at a time to make the call's cost vanish, and little enough to stay in the cache. */
const CHUNK_BYTES = 1 << 16;
const LINE_FEED = 10;

/** Encodes UTF-8 text, a row a line, a chunk of lines at a time. */
export function encodeAllLines(
  runtime: Runtime,
  core: Core,
  given: Uint8Array,
  options: EncodeLinesOptions,
  special: SpecialIds,
): Lines {
  const bytes = ownView(given);
  const frame = options.addSpecialTokens ?? true;
  const { room } = limitsOf({ maxLength: options.maxLength, addSpecialTokens: frame }, 1);
  const lineOptions: LineOptions = {
    frame: frame ? [special.cls, special.sep] : undefined,
    maxLength: room + (frame ? 2 : 0),
    spans: Boolean(options.offsets),
    invalid: options.invalidUtf8 ?? "replace",
  };
  const lines = new LinesBuilder(lineOptions.spans, options.reuse);
  for (let start = 0; start < bytes.length; ) {
    const end = chunkEnd(bytes, start);
    const rows = encodeBytes(runtime, core, bytes.subarray(start, end), lineOptions);
    if (lineOptions.invalid === "fail" && rows.invalid.length > 0) {
      const [line, place] = [lines.count + rows.invalid[0]!, rows.invalid[1]!];
      throw new BertieError(
        "input/invalid-utf8",
        `line ${line + 1}, byte ${place + 1}: no UTF-8; mend the file, or ask to replace or skip such lines`,
      );
    }
    lines.append(rows, (bytes.length - end) / (end - start));
    start = end;
  }
  shrink(runtime);
  return lines.finish();
}

/** Where a chunk that begins at `start` ends: behind a line feed, or at the end of all. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  if (start + CHUNK_BYTES >= bytes.length) return bytes.length;
  const last = bytes.lastIndexOf(LINE_FEED, start + CHUNK_BYTES);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(LINE_FEED, start + CHUNK_BYTES);
  return next < 0 ? bytes.length : next + 1;
}

/** Gathers what chunks give in arrays that grow. */
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

  /** @param more how many times as much text is still to come: how far to grow */
  append({ ids, spans, rowEnds, invalid }: Rows, more: number): void {
    const [tokens, count] = [this.#tokens, this.count];
    this.#ids = withRoom(this.#ids, tokens, ids.length, more);
    this.#ids.set(ids, tokens);
    if (this.#offsets !== undefined) {
      this.#offsets = withRoom(this.#offsets, 2 * tokens, spans.length, more);
      this.#offsets.set(spans, 2 * tokens);
    }
    this.#rowOffsets = withRoom(this.#rowOffsets, count + 1, rowEnds.length, more);
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

/** All of the buffer that the array is a part of, or a new one. */
function wholeBuffer(array: Int32Array | undefined, length = 0): Int32Array {
  const numbers = array === undefined ? 0 : array.buffer.byteLength >> 2;
  return numbers === 0 || numbers < length ? new Int32Array(length) : new Int32Array(array!.buffer, 0, numbers);
}

/** The array, or a larger copy if there is no room for `added` numbers behind the first `used`. */
function withRoom(array: Int32Array, used: number, added: number, more: number): Int32Array {
  if (used + added <= array.length) return array;
  // What is still to come will be much like what just came, and where it is more we grow again.
  const larger = new Int32Array(used + added + Math.ceil(1.1 * more * added));
  larger.set(array.subarray(0, used));
  return larger;
}
