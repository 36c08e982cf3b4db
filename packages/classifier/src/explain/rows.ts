import { type BertTokenizer, fitPair, roomForText } from "@bertie/tokenizer-wasm";
import { groupByLength } from "../batch-shapes.ts";
import type { ExplainedBatch, ExplainedModel } from "./explanation.ts";

/** Token ids of a text or a pair of texts, with special tokens and truncated. */
export interface Row {
  readonly ids: readonly number[];
  /** Index of the first token of the second segment; the number of ids if there is no second segment. */
  readonly secondSegment: number;
}

/**
 * Returns the number of tokens of each text after truncation to `maxLength`, as `encode()` truncates.
 *
 * @throws BertieError "options/max-length" if the special tokens exceed `maxLength`
 */
export function truncatedLengths(lengths: readonly number[], maxLength: number): readonly number[] {
  const [first, second] = lengths as [number, number?];
  const available = roomForText(maxLength, lengths.length + 1);
  return second === undefined ? [Math.min(first, available)] : fitPair(first, second, available, "longestFirst");
}

/**
 * Truncates texts and adds special tokens, as `encode()` does: `[CLS] text [SEP]` or `[CLS] text [SEP] pair [SEP]`.
 *
 * @param texts token ids of each text
 */
export function buildRow(tokenizer: BertTokenizer, texts: readonly (readonly number[])[], maxLength: number): Row {
  const { clsTokenId: cls, sepTokenId: sep } = tokenizer;
  const lengths = truncatedLengths(
    texts.map((ids) => ids.length),
    maxLength,
  );
  const ids = [cls, ...texts.flatMap((text, part) => [...text.slice(0, lengths[part]), sep])];
  return { ids, secondSegment: lengths[0]! + 2 };
}

/** Returns the logits of each row, `[labels]`. Equal rows are computed once, and rows are batched by length. */
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

/** Pads rows with 0 to a common length. */
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
