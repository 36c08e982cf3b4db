import { BertieError } from "@bertie/common";
import { type BadRows, createBadRowCounter, noRows, type OnBadRow, readRow } from "./bad-rows.ts";
import type { InputFeatures } from "./features.ts";
import { isBlank, readLines } from "./lines.ts";

/** What a file of features holds. */
export interface FeatureSet {
  readonly fileName: string;
  readonly features: readonly InputFeatures[];
  /** Lines of nothing but white space, which were skipped. */
  readonly blankLines: number;
  /** Rows that were left out; absent where there are none. */
  readonly badRows?: BadRows;
}

/** What the model can take, each a count; what is left out is not checked. */
export interface FeatureLimits {
  readonly vocabSize?: number | undefined;
  readonly typeVocabSize?: number | undefined;
  readonly numLabels?: number | undefined;
  /** Counted without trailing padding. */
  readonly maxSeqLength?: number | undefined;
  /** A model cannot be trained or evaluated on rows without one. */
  readonly needsLabel?: boolean | undefined;
}

/** A hundred thousand tokens; parsed, what is no feature takes many times the memory of its line. */
const LONGEST_LINE = 1 << 20;

/** One more than the largest int32. */
const INT32_END = 2 ** 31;

/**
 * Reads features of texts tokenized before: JSON lines
 * `{"input_ids":[…],"input_mask":[…],"segment_ids":[…],"label_id":n}`. The arrays have one length; padding at the end
 * (mask 0) is trimmed. `label_id` may be null or absent, other keys are ignored.
 *
 * @param bytes the file's contents, UTF-8
 * @param fileName what messages call the file
 * @param options.onBadRow "skip" leaves rows out that cannot be used, and counts them
 * @throws BertieError "input/no-rows"; for a bad row "input/invalid-utf8", "input/line-too-long", "input/invalid-json",
 * "input/missing-key", "input/invalid-value", "input/length-mismatch" or "input/too-long", which name file, line and key
 */
export function readFeatures(
  bytes: Uint8Array,
  fileName: string,
  limits: FeatureLimits = {},
  { onBadRow = "fail" }: { readonly onBadRow?: OnBadRow } = {},
): FeatureSet {
  const features: InputFeatures[] = [];
  const badRows = createBadRowCounter(onBadRow);
  let blankLines = 0;
  for (const { number, text } of readLines(bytes, fileName, badRows.add)) {
    if (isBlank(text)) {
      blankLines++;
      continue;
    }
    const row = readRow(badRows, () => parseFeatures(text, `${fileName}, line ${number}`, limits));
    if (row !== undefined) features.push(row);
  }
  if (features.length === 0) throw noRows(fileName, badRows.found());
  return { fileName, features, blankLines, ...badRows.found() };
}

function parseFeatures(text: string, where: string, limits: FeatureLimits): InputFeatures {
  const record = parseRecord(text, where);
  const ids = integers(record, "input_ids", where, limits.vocabSize);
  const mask = integers(record, "input_mask", where, 2);
  const segments = integers(record, "segment_ids", where, limits.typeVocabSize);
  for (const [key, values] of [["input_mask", mask] as const, ["segment_ids", segments] as const]) {
    if (values.length === ids.length) continue;
    throw new BertieError(
      "input/length-mismatch",
      `${where}: "${key}" has ${values.length} values and "input_ids" has ${ids.length}; they must be as many`,
    );
  }

  const length = mask.lastIndexOf(1) + 1;
  if (length === 0) {
    throw new BertieError("input/invalid-value", `${where}: "input_mask" has no 1; it must mark at least one token`);
  }
  if (length > (limits.maxSeqLength ?? Number.POSITIVE_INFINITY)) {
    throw new BertieError(
      "input/too-long",
      `${where}: "input_ids" has ${length} tokens, more than max_seq_length ${limits.maxSeqLength}; cut it or raise that`,
    );
  }
  return {
    inputIds: ids.slice(0, length),
    inputMask: mask.slice(0, length),
    segmentIds: segments.slice(0, length),
    labelId: labelIdOf(record, where, limits),
  };
}

function parseRecord(text: string, where: string): Record<string, unknown> {
  if (text.length > LONGEST_LINE) {
    const message = `${where}: the line has ${text.length} characters, more than ${LONGEST_LINE}; is it a row of features?`;
    throw new BertieError("input/line-too-long", message);
  }
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (cause) {
    throw new BertieError("input/invalid-json", `${where}: the line is not JSON; write one object a line`, { cause });
  }
  if (typeof record === "object" && record !== null && !Array.isArray(record)) {
    return record as Record<string, unknown>;
  }
  throw new BertieError("input/invalid-json", `${where}: the line is JSON, but no object; write one object a line`);
}

function integers(record: Record<string, unknown>, key: string, where: string, end: number | undefined): Int32Array {
  const values = record[key];
  if (values === undefined) {
    throw new BertieError("input/missing-key", `${where}: key "${key}" is missing; add it, an array of integers`);
  }
  if (!Array.isArray(values)) {
    throw new BertieError("input/invalid-value", `${where}: "${key}" is no array; make it one of integers`);
  }
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (!isIntegerBelow(value, end)) throw invalidInteger(`"${key}"[${i}]`, value, where, end);
    result[i] = value;
  }
  return result;
}

function labelIdOf(
  record: Record<string, unknown>,
  where: string,
  { numLabels, needsLabel }: FeatureLimits,
): number | undefined {
  const value = record.label_id ?? undefined;
  if (value === undefined && needsLabel) {
    throw new BertieError("input/missing-key", `${where}: key "label_id" is missing; add the label's id`);
  }
  if (value === undefined || isIntegerBelow(value, numLabels)) return value;
  throw invalidInteger('"label_id"', value, where, numLabels);
}

function isIntegerBelow(value: unknown, end = INT32_END): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < end;
}

function invalidInteger(name: string, value: unknown, where: string, end = INT32_END): BertieError {
  return new BertieError(
    "input/invalid-value",
    `${where}: ${name} is ${JSON.stringify(value).slice(0, 40)}; it must be an integer from 0 to ${end - 1}`,
  );
}
