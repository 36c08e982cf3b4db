import { type BertTokenizer, fitPair, roomForText } from "@bertie/tokenizer-wasm";
import type { ExplainedBatch, ExplainedModel } from "./explanation.ts";

/** The tokens of a text or of a pair of texts, as the model reads them. */
export interface Row {
  readonly ids: readonly number[];
  /** Where the second segment begins; the number of ids where there is none. */
  readonly secondSegment: number;
}

/** Tokens per batch. From here on, larger batches are no faster on a CPU and only take more memory. */
const TOKENS_PER_BATCH = 1024;
/** Lengths are padded and sizes filled up to multiples of these: an executor compiles a program for each batch shape. */
const LENGTH_MULTIPLE = 8;
const SIZE_MULTIPLE = 4;

/**
 * Returns how many tokens of each text `encode` keeps when it truncates to `maxLength`.
 *
 * @throws BertieError "options/max-length" if not even the special tokens fit
 */
export function keptLengths(lengths: readonly number[], maxLength: number): readonly number[] {
  const [first, second] = lengths as [number, number?];
  const room = roomForText(maxLength, lengths.length + 1);
  return second === undefined ? [Math.min(first, room)] : fitPair(first, second, room, "longestFirst");
}

/** Truncates and frames texts as `encode` does: `[CLS] text [SEP]`, `[CLS] text [SEP] pair [SEP]`. */
export function frame(tokenizer: BertTokenizer, texts: readonly (readonly number[])[], maxLength: number): Row {
  const { clsTokenId: cls, sepTokenId: sep } = tokenizer;
  const kept = keptLengths(
    texts.map((ids) => ids.length),
    maxLength,
  );
  const ids = [cls, ...texts.flatMap((text, part) => [...text.slice(0, kept[part]), sep])];
  return { ids, secondSegment: kept[0]! + 2 };
}

/**
 * Returns the logits of each row, in the order of the rows. Equal rows are computed once, and rows of similar length
 * together.
 */
export async function logitsOfRows(
  model: ExplainedModel,
  rows: readonly Row[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const keys = rows.map(({ ids, secondSegment }) => `${secondSegment}:${ids.join()}`);
  const distinct = [...new Map(rows.map((row, i) => [keys[i]!, row])).entries()];
  distinct.sort(([, a], [, b]) => b.ids.length - a.ids.length);
  const results = new Map<string, Float32Array>();
  for (let at = 0; at < distinct.length; ) {
    signal?.throwIfAborted();
    const length = paddedLength(distinct[at]![1].ids.length, model.maxLength);
    const most = rowsPerBatch(length);
    const batch = distinct.slice(at, at + most);
    const size = Math.min(roundUp(batch.length, SIZE_MULTIPLE), most);
    const batchRows = batch.map(([, row]) => row);
    const logits = await model.logits(makeBatch(batchRows, size, length));
    const width = model.labels.length;
    batch.forEach(([key], i) => {
      results.set(key, logits.slice(i * width, (i + 1) * width));
    });
    at += batch.length;
  }
  signal?.throwIfAborted();
  return keys.map((key) => results.get(key)!);
}

export function paddedLength(length: number, maxLength: number): number {
  return Math.min(roundUp(length, LENGTH_MULTIPLE), maxLength);
}

export function rowsPerBatch(length: number): number {
  return Math.max(1, Math.floor(TOKENS_PER_BATCH / length));
}

/** Pads the rows to one length. Copies of the first row fill the batch up. */
function makeBatch(rows: readonly Row[], size: number, length: number): ExplainedBatch {
  const [inputIds, inputMask, segmentIds] = [0, 0, 0].map(() => new Int32Array(size * length)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (let i = 0; i < size; i++) {
    const { ids, secondSegment } = rows[i] ?? rows[0]!;
    const start = i * length;
    inputIds.set(ids, start);
    inputMask.fill(1, start, start + ids.length);
    segmentIds.fill(1, start + secondSegment, start + Math.max(secondSegment, ids.length));
  }
  return { size, length, inputIds, inputMask, segmentIds };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
