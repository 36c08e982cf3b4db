import { type BertTokenizer, fitPair, roomForText, type TemplatePiece } from "@bertie/tokenizer-wasm";
import { groupByLength } from "../batch-shapes.ts";
import type { ExplainedBatch, ExplainedModel } from "./explanation.ts";

/** Token ids of a text or a pair of texts, with special tokens and truncated. */
export interface Row {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
  /** Index of the first token of each text. */
  readonly starts: readonly number[];
}

/**
 * Returns the number of tokens of each text after truncation to `maxLength`, as `encode()` truncates.
 *
 * @throws BertieError "options/max-length" if the special tokens exceed `maxLength`
 */
export function truncatedLengths(
  tokenizer: BertTokenizer,
  lengths: readonly number[],
  maxLength: number,
): readonly number[] {
  const [first, second] = lengths as [number, number?];
  const available = roomForText(maxLength, piecesOf(tokenizer, lengths.length).length - lengths.length);
  return second === undefined ? [Math.min(first, available)] : fitPair(first, second, available, "longestFirst");
}

function piecesOf({ template }: BertTokenizer, texts: number): readonly TemplatePiece[] {
  return texts === 1 ? template.single : template.pair;
}

/**
 * Truncates texts and adds special tokens, as `encode()` does: `[CLS] text [SEP]` or `[CLS] text [SEP] pair [SEP]`.
 *
 * @param texts token ids of each text
 */
export function buildRow(tokenizer: BertTokenizer, texts: readonly (readonly number[])[], maxLength: number): Row {
  const textLengths = texts.map((ids) => ids.length);
  const lengths = truncatedLengths(tokenizer, textLengths, maxLength);
  const ids: number[] = [];
  const typeIds: number[] = [];
  const starts: number[] = [];
  for (const piece of piecesOf(tokenizer, texts.length)) {
    const isText = "text" in piece;
    if (isText) starts[piece.text] = ids.length;
    ids.push(...(isText ? texts[piece.text]!.slice(0, lengths[piece.text]) : [piece.id]));
    while (typeIds.length < ids.length) typeIds.push(piece.typeId);
  }
  return { ids, typeIds, starts };
}

/** Returns the logits of each row, `[labels]`. Equal rows are computed once, and rows are batched by length. */
export async function logitsOfRows(
  model: ExplainedModel,
  rows: readonly Row[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const keys = rows.map(({ ids, typeIds }) => `${typeIds.join()}:${ids.join()}`);
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
  for (const [i, { ids, typeIds }] of rows.entries()) {
    const start = i * length;
    inputIds.set(ids, start);
    inputMask.fill(1, start, start + ids.length);
    segmentIds.set(typeIds, start);
  }
  return { size, length, inputIds, inputMask, segmentIds };
}
