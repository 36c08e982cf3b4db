import { BertieError, type ProblemType } from "@bertie/common";
import { type BadRows, createBadRowCounter, noRowsError, type OnBadRow, readRow } from "./bad-rows.ts";
import {
  createLabelReader,
  invalidInteger,
  isIntegerBelow,
  type LabelLimits,
  type LabelReader,
} from "./feature-labels.ts";
import type { InputFeatures } from "./features.ts";
import { isBlank, readLines } from "./lines.ts";

/** Features of one file. */
export interface FeatureSet {
  readonly fileName: string;
  readonly features: readonly InputFeatures[];
  /** Number of skipped lines that contain only white space. */
  readonly blankLines: number;
  /** Kind of problem, by the key of the label; undefined if no row has a label. */
  readonly problemType?: ProblemType;
  /** Skipped rows; absent if no row was skipped. */
  readonly badRows?: BadRows;
}

/** Limits of the model that will read the features. Absent limits are not checked. */
export interface FeatureLimits extends LabelLimits {
  /** Number of tokens in the vocabulary. */
  readonly vocabSize?: number | undefined;
  /** Number of token types. */
  readonly typeVocabSize?: number | undefined;
  /** Maximum number of tokens per row, without trailing padding. */
  readonly maxSeqLength?: number | undefined;
}

/**
 * Maximum length of a line, in UTF-16 code units: enough for 100,000 tokens. Parsing an unrelated JSON line could take many
 * times its size in memory.
 */
const MAX_LINE_LENGTH = 1 << 20;

/**
 * Reads features of texts that are already tokenized: JSON lines
 * `{"input_ids":[…],"input_mask":[…],"segment_ids":[…],"label_id":n}`. The arrays of a line have the same length. Padding at
 * the end (mask 0) is removed. `label_id` may be null or absent. Other keys are ignored.
 *
 * Instead of `label_id`, the rows of multi-label classification have `labels`, an array with a number from 0 to 1 for each
 * label (1 if the label applies), and the rows of regression have `value`, a number.
 *
 * @param bytes contents of the file, UTF-8
 * @param fileName name of the file in error messages
 * @param options `onBadRow: "skip"` skips and counts unusable rows; "fail", the default, throws
 * @throws BertieError "input/no-rows" if the file has no usable rows
 * @throws BertieError for a bad row, with file, line and key: "input/invalid-utf8", "input/line-too-long",
 *   "input/invalid-json", "input/missing-key", "input/invalid-value", "input/length-mismatch" or "input/too-long"
 * @example
 * ```ts
 * import { readFeatures } from "@bertie/data";
 *
 * const line = '{"input_ids":[101,7,102,0],"input_mask":[1,1,1,0],"segment_ids":[0,0,0,0],"label_id":1}\n';
 * const { features } = readFeatures(new TextEncoder().encode(line), "train.jsonl");
 * console.log(features[0]?.inputIds, features[0]?.labelId); // Int32Array [101, 7, 102] 1
 * ```
 */
export function readFeatures(
  bytes: Uint8Array,
  fileName: string,
  limits: FeatureLimits = {},
  options: { readonly onBadRow?: OnBadRow } = {},
): FeatureSet {
  const features: InputFeatures[] = [];
  const badRows = createBadRowCounter(options.onBadRow ?? "fail");
  const labels = createLabelReader(limits);
  let blankLines = 0;
  for (const { number, text } of readLines(bytes, fileName, badRows.add)) {
    if (isBlank(text)) {
      blankLines++;
      continue;
    }
    const row = readRow(badRows, () => parseFeatures(text, `${fileName}, line ${number}`, limits, labels));
    if (row !== undefined) features.push(row);
  }
  if (features.length === 0) throw noRowsError(fileName, badRows.summary().badRows);
  const problemType = labels.problemType();
  return { fileName, features, blankLines, ...(problemType && { problemType }), ...badRows.summary() };
}

function parseFeatures(text: string, where: string, limits: FeatureLimits, labels: LabelReader): InputFeatures {
  const record = parseRecord(text, where);
  const ids = integers(record, "input_ids", where, limits.vocabSize);
  const mask = integers(record, "input_mask", where, 2);
  const segments = integers(record, "segment_ids", where, limits.typeVocabSize);
  for (const [key, values] of [["input_mask", mask] as const, ["segment_ids", segments] as const]) {
    if (values.length === ids.length) continue;
    throw new BertieError(
      "input/length-mismatch",
      `${where}: "${key}" has ${values.length} values, but "input_ids" has ${ids.length}. Make both arrays equally long.`,
    );
  }

  const length = mask.lastIndexOf(1) + 1;
  if (length === 0) {
    throw new BertieError("input/invalid-value", `${where}: "input_mask" has no 1. Mark at least one token with 1.`);
  }
  if (length > (limits.maxSeqLength ?? Number.POSITIVE_INFINITY)) {
    throw new BertieError(
      "input/too-long",
      `${where}: expected at most ${limits.maxSeqLength} tokens in "input_ids" (max_seq_length), found ${length}. Truncate the row or raise the limit.`,
    );
  }
  return {
    inputIds: ids.slice(0, length),
    inputMask: mask.slice(0, length),
    segmentIds: segments.slice(0, length),
    ...labels.read(record, where),
  };
}

function parseRecord(text: string, where: string): Record<string, unknown> {
  if (text.length > MAX_LINE_LENGTH) {
    const message = `${where}: expected at most ${MAX_LINE_LENGTH} characters, found ${text.length}. Check that the line is a row of features.`;
    throw new BertieError("input/line-too-long", message);
  }
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (cause) {
    throw new BertieError(
      "input/invalid-json",
      `${where}: the line is not valid JSON. Write one JSON object per line.`,
      { cause },
    );
  }
  if (typeof record === "object" && record !== null && !Array.isArray(record)) {
    return record as Record<string, unknown>;
  }
  throw new BertieError(
    "input/invalid-json",
    `${where}: expected a JSON object, found another JSON value. Write one JSON object per line.`,
  );
}

function integers(record: Record<string, unknown>, key: string, where: string, end: number | undefined): Int32Array {
  const values = record[key];
  if (values === undefined) {
    throw new BertieError("input/missing-key", `${where}: key "${key}" is missing. Add it as an array of integers.`);
  }
  if (!Array.isArray(values)) {
    throw new BertieError(
      "input/invalid-value",
      `${where}: "${key}" is not an array. Write it as an array of integers.`,
    );
  }
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (!isIntegerBelow(value, end)) throw invalidInteger(`"${key}"[${i}]`, value, where, end);
    result[i] = value;
  }
  return result;
}
