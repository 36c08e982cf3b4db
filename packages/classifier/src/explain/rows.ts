import { type BertTokenizer, fitPair, roomForText } from "@bertie/tokenizer-wasm";
import { groupByLength } from "../batch-shapes.ts";
import type { ExplainedBatch, ExplainedModel } from "./explanation.ts";

/** The tokens of a text or of a pair of texts, as the model reads them. */
export interface Row {
  readonly ids: readonly number[];
  /** Where the second segment begins; the number of ids where there is none. */
  readonly secondSegment: number;
}

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
  const distinct = [...new Map(rows.map((row, i) => [keys[i]!, row]))];
  const { maxLength, anyShape = false, labels } = model;
  const lengths = distinct.map(([, { ids }]) => ids.length);
  const results = new Map<string, Float32Array>();
  for (const { rows: group, length } of groupByLength(lengths, { maxLength, anyShape })) {
    signal?.throwIfAborted();
    const batch = group.map((row) => distinct[row]!);
    const batchRows = batch.map(([, row]) => row);
    const logits = await model.logits(makeBatch(batchRows, length));
    for (const [i, [key]] of batch.entries())
      results.set(key, logits.slice(i * labels.length, (i + 1) * labels.length));
  }
  signal?.throwIfAborted();
  return keys.map((key) => results.get(key)!);
}

/** Pads the rows to one length. */
function makeBatch(rows: readonly Row[], length: number): ExplainedBatch {
  const size = rows.length;
  const [inputIds, inputMask, segmentIds] = [0, 0, 0].map(() => new Int32Array(size * length)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (const [i, { ids, secondSegment }] of rows.entries()) {
    const start = i * length;
    inputIds.set(ids, start);
    inputMask.fill(1, start, start + ids.length);
    segmentIds.fill(1, start + secondSegment, start + Math.max(secondSegment, ids.length));
  }
  return { size, length, inputIds, inputMask, segmentIds };
}
