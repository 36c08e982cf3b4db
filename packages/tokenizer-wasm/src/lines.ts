import { BertieError } from "@bertie/common";
import type { SpecialIds } from "./encoding.ts";
import { limitsOf } from "./encoding.ts";
import { type Core, encodeBytes, type LineOptions, type Rows, type Runtime } from "./wasm.ts";

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
};

/** Lines as tokens: rows of different lengths, one after the other. */
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
const CHUNK_BYTES = 1 << 18;
const LINE_FEED = 10;

/** Encodes UTF-8 text, a row a line, a chunk of lines at a time. */
export function encodeAllLines(
  runtime: Runtime,
  core: Core,
  bytes: Uint8Array,
  options: EncodeLinesOptions,
  special: SpecialIds,
): Lines {
  const frame = options.addSpecialTokens ?? true;
  const { room } = limitsOf({ maxLength: options.maxLength, addSpecialTokens: frame }, 1);
  const lineOptions: LineOptions = {
    frame: frame ? [special.cls, special.sep] : undefined,
    maxLength: Math.min(room + (frame ? 2 : 0), 0xffff_ffff),
    spans: options.offsets ?? false,
    invalid: options.invalidUtf8 ?? "replace",
  };
  const chunks: Rows[] = [];
  const invalidLines: number[] = [];
  let lines = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = chunkEnd(bytes, start);
    const rows = encodeBytes(runtime, core, bytes.subarray(start, end), lineOptions);
    for (let i = 0; i < rows.invalid.length; i += 2) invalidLines.push(lines + rows.invalid[i]!);
    if (lineOptions.invalid === "fail" && rows.invalid.length > 0) {
      throw new BertieError(
        "input/invalid-utf8",
        `line ${lines + rows.invalid[0]! + 1}, byte ${rows.invalid[1]! + 1}: no UTF-8; mend the file, or ask to replace or skip such lines`,
      );
    }
    chunks.push(rows);
    lines += rows.rowEnds.length;
    start = end;
  }
  return { ...join(chunks, lines, lineOptions.spans), invalidLines };
}

/** Where a chunk that begins at `start` ends: behind a line feed, or at the end of all. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  if (start + CHUNK_BYTES >= bytes.length) return bytes.length;
  const last = bytes.lastIndexOf(LINE_FEED, start + CHUNK_BYTES);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(LINE_FEED, start + CHUNK_BYTES);
  return next < 0 ? bytes.length : next + 1;
}

function join(chunks: readonly Rows[], lines: number, spans: boolean): Omit<Lines, "invalidLines"> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.ids.length, 0);
  const ids = new Int32Array(total);
  const offsets = new Int32Array(spans ? 2 * total : 0);
  const rowOffsets = new Int32Array(lines + 1);
  let token = 0;
  let line = 0;
  for (const chunk of chunks) {
    ids.set(chunk.ids, token);
    if (spans) offsets.set(chunk.spans, 2 * token);
    for (const end of chunk.rowEnds) rowOffsets[++line] = token + end;
    token += chunk.ids.length;
  }
  return spans ? { ids, rowOffsets, offsets } : { ids, rowOffsets };
}
