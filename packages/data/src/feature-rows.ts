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

/** Features of one file, or of the files of a directory. */
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

/** Values of a row by their keys. */
export type FeatureRecord = Readonly<Record<string, unknown>>;

/** Names of a key: Bertie's, and the one of transformers. */
type Names = readonly [own: string, alias: string];
const MASK: Names = ["input_mask", "attention_mask"];
const SEGMENTS: Names = ["segment_ids", "token_type_ids"];

/** Keys of rows of features that are read. */
export const FEATURE_KEYS: readonly string[] = ["input_ids", ...MASK, ...SEGMENTS, "label_id", "labels", "value"];

/** Collects the rows of one or more files. */
export interface FeatureCollector {
  /** Adds the row that `read` returns, or counts it as bad. */
  add(where: string, read: () => FeatureRecord): void;
  /** Counts a bad row, or throws its error. */
  addBad(error: BertieError): void;
  /**
   * Returns all features.
   *
   * @throws BertieError "input/no-rows" if there are none
   */
  finish(blankLines: number): FeatureSet;
}

/**
 * Creates the collector of a set of features.
 *
 * @param fileName name of the set in messages
 */
export function createFeatureCollector(
  fileName: string,
  limits: FeatureLimits,
  onBadRow: OnBadRow | undefined,
): FeatureCollector {
  const features: InputFeatures[] = [];
  const badRows = createBadRowCounter(onBadRow);
  const labels = createLabelReader(limits);
  return {
    add(where, read) {
      const row = readRow(badRows, () => toFeatures(read(), where, limits, labels));
      if (row !== undefined) features.push(row);
    },
    addBad: badRows.add,
    finish(blankLines) {
      if (features.length === 0) throw noRowsError(fileName, badRows.summary().badRows);
      const problemType = labels.problemType();
      return { fileName, features, blankLines, ...(problemType && { problemType }), ...badRows.summary() };
    },
  };
}

function toFeatures(record: FeatureRecord, where: string, limits: FeatureLimits, labels: LabelReader): InputFeatures {
  const [maskKey, segmentsKey] = [keyIn(record, MASK, where), keyIn(record, SEGMENTS, where)];
  const ids = integers(record, "input_ids", where, limits.vocabSize);
  const mask = integers(record, maskKey, where, 2);
  const segments = integers(record, segmentsKey, where, limits.typeVocabSize);
  for (const [key, values] of [[maskKey, mask] as const, [segmentsKey, segments] as const]) {
    if (values.length === ids.length) continue;
    throw new BertieError(
      "input/length-mismatch",
      `${where}: "${key}" has ${values.length} values, but "input_ids" has ${ids.length}. Make both arrays equally long.`,
    );
  }

  const length = mask.lastIndexOf(1) + 1;
  if (length === 0) {
    throw new BertieError("input/invalid-value", `${where}: "${maskKey}" has no 1. Mark at least one token with 1.`);
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

/** Returns the name under which a record has a key. */
function keyIn(record: FeatureRecord, [own, alias]: Names, where: string): string {
  if (record[alias] === undefined) return own;
  if (record[own] === undefined) return alias;
  const text = `${where}: found both "${own}" and "${alias}", which are two names of one key. Keep one of them.`;
  throw new BertieError("input/invalid-value", text);
}

function integers(record: FeatureRecord, key: string, where: string, end: number | undefined): Int32Array {
  const values = record[key];
  if (values === undefined) {
    throw new BertieError("input/missing-key", `${where}: key "${key}" is missing. Add it as an array of integers.`);
  }
  if (values === null) {
    const text = `${where}: "${key}" is null. Leave out rows that could not be tokenized, or skip bad rows (--on-bad-row skip).`;
    throw new BertieError("input/invalid-value", text);
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
