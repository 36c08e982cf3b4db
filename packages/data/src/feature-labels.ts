import { BertieError, type ProblemType } from "@bertie/common";
import type { InputFeatures } from "./features.ts";

/** Limits of the labels in a file. Absent limits are not checked. */
export interface LabelLimits {
  /** Number of labels of the model. */
  readonly numLabels?: number | undefined;
  /** Kind of problem of the labels. @default the kind of the first row with a label */
  readonly problemType?: ProblemType | undefined;
  /** Whether every row must have a label, as in training and evaluation. */
  readonly needsLabel?: boolean | undefined;
}

/** Labels of a row of features, and their kind; undefined if the row has no label. */
interface RowLabels {
  readonly features: Pick<InputFeatures, "labelId" | "targets">;
  readonly problemType: ProblemType | undefined;
}

/** Reader of the labels of a file's rows, which must all be of one kind. */
export interface LabelReader {
  /** Kind of the labels so far; undefined if no row has a label. */
  problemType(): ProblemType | undefined;
  /**
   * Reads the labels of a row.
   *
   * @throws BertieError "input/missing-key", "input/invalid-value" or "input/length-mismatch", with file, line and key
   */
  read(record: Readonly<Record<string, unknown>>, where: string): Pick<InputFeatures, "labelId" | "targets">;
}

/** One more than the largest int32. */
export const INT32_END = 2 ** 31;

const KEYS = {
  single_label_classification: "label_id",
  multi_label_classification: "labels",
  regression: "value",
} as const satisfies Record<ProblemType, string>;

/** Creates the reader for one file. The first row with a label determines the kind and the number of labels. */
export function createLabelReader(limits: LabelLimits): LabelReader {
  let { problemType, numLabels } = limits;
  return {
    problemType: () => problemType,
    read(record, where) {
      const row = labelsOf(record, where, numLabels);
      if (row.problemType === undefined) {
        if (!limits.needsLabel) return row.features;
        const key = KEYS[problemType ?? "single_label_classification"];
        throw new BertieError("input/missing-key", `${where}: key "${key}" is missing. Add the label of the row.`);
      }
      if (problemType !== undefined && row.problemType !== problemType) {
        const text = `${where}: expected the label in "${KEYS[problemType]}", as for ${limits.problemType ? "the model" : "the first row"}, found "${KEYS[row.problemType]}". Use the same key in all rows.`;
        throw new BertieError("input/invalid-value", text);
      }
      problemType = row.problemType;
      if (problemType === "multi_label_classification") numLabels ??= row.features.targets!.length;
      return row.features;
    },
  };
}

function labelsOf(record: Readonly<Record<string, unknown>>, where: string, numLabels: number | undefined): RowLabels {
  const { label_id: id, labels, value } = record;
  const isGiven = (member: unknown) => member !== undefined && member !== null;
  if (isGiven(id)) {
    if (!isIntegerBelow(id, numLabels)) throw invalidInteger('"label_id"', id, where, numLabels);
    return { features: { labelId: id }, problemType: "single_label_classification" };
  }
  if (isGiven(labels) && isGiven(value)) {
    const text = `${where}: found both "labels" and "value". Keep the one that belongs to the problem.`;
    throw new BertieError("input/invalid-value", text);
  }
  if (isGiven(labels)) {
    const targets = targetsIn(labels, where, numLabels);
    return { features: { labelId: undefined, targets }, problemType: "multi_label_classification" };
  }
  if (!isGiven(value)) return { features: { labelId: undefined }, problemType: undefined };
  if (typeof value !== "number" || !Number.isFinite(value)) throw invalidValue('"value"', value, where, "a number");
  return { features: { labelId: undefined, targets: Float32Array.of(value) }, problemType: "regression" };
}

function targetsIn(labels: unknown, where: string, numLabels: number | undefined): Float32Array {
  if (!Array.isArray(labels)) throw invalidValue('"labels"', labels, where, "an array of numbers from 0 to 1");
  if (labels.length === 0 || labels.length !== (numLabels ?? labels.length)) {
    const text = `${where}: expected ${numLabels ?? "at least 1"} ${numLabels === undefined || numLabels === 1 ? "value" : "values"} in "labels", one per label, found ${labels.length}. Correct the number of values.`;
    throw new BertieError("input/length-mismatch", text);
  }
  return Float32Array.from(labels, (target: unknown, i) => {
    if (typeof target === "number" && target >= 0 && target <= 1) return target;
    throw invalidValue(`"labels"[${i}]`, target, where, "a number from 0 to 1");
  });
}

export function isIntegerBelow(value: unknown, end = INT32_END): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < end;
}

export function invalidInteger(name: string, value: unknown, where: string, end = INT32_END): BertieError {
  return invalidValue(name, value, where, `an integer from 0 to ${end - 1}`);
}

function invalidValue(name: string, value: unknown, where: string, expected: string): BertieError {
  return new BertieError(
    "input/invalid-value",
    `${where}: ${name} is ${JSON.stringify(value).slice(0, 40)}, but must be ${expected}. Correct the value.`,
  );
}
