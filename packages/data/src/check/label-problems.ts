import { foldText } from "./normalize.ts";
import {
  type CheckContext,
  counted,
  errorIf,
  type FindProblems,
  isClassification,
  labeledSets,
  nameOf,
  type Problem,
  setOf,
  thresholds,
  warningIf,
} from "./problem.ts";
import { countedLabels, quoteExactly, quoteLabel } from "./quote-label.ts";
import type { DataSummary, LabelCount, SetSummary } from "./summary.ts";

/** Finds problems of labels: labels that look alike, too few, unknown, rare and imbalanced labels, and missing values. */
export const labelProblems: FindProblems = (summary, context) => {
  if (!isClassification(summary.problemType)) return constantValues(summary);
  const train = setOf(summary, "train");
  const counts = countsOf(labeledSets(summary), context.knownLabels);
  return [
    ...similarLabels(counts),
    ...unknownLabels(summary, context),
    ...(train && train.labels.length > 0 ? trainingLabels(summary, train, context) : []),
    ...missingValues(counts),
    ...quotedLabels(counts),
    ...singleEvaluationLabel(summary, counts),
    ...(summary.problemType === "single_label_classification" ? combinedLabels(counts) : []),
  ];
};

function constantValues(summary: DataSummary): Problem[] {
  const values = setOf(summary, "train")?.values;
  return errorIf(
    values !== undefined && values.min === values.max,
    "input/too-few-labels",
    () =>
      `${nameOf(summary, "train")}: all rows have the value ${values!.min}, expected different values. Check the label column (--label-column).`,
  );
}

/** Returns the labels of sets with their total counts. Known labels that do not occur have 0 rows. */
function countsOf(sets: readonly SetSummary[], knownLabels: readonly string[] = []): LabelCount[] {
  const counts = new Map(knownLabels.map((label) => [label, 0]));
  for (const { labels } of sets)
    for (const { label, rows } of labels) counts.set(label, (counts.get(label) ?? 0) + rows);
  return Array.from(counts, ([label, rows]) => ({ label, rows }));
}

function similarLabels(counts: readonly LabelCount[]): Problem[] {
  const groups = new Map<string, LabelCount[]>();
  for (const count of counts) {
    const key = foldText(count.label);
    groups.set(key, [...(groups.get(key) ?? []), count]);
  }
  const similar = [...groups.values()].filter(({ length }) => length > 1);
  const listed = similar.slice(0, 5).map((group) => countedLabels(group, 8, quoteExactly));
  const more = similar.length > listed.length ? `; and ${similar.length - listed.length} more groups` : "";
  return errorIf(
    similar.length > 0,
    "input/similar-labels",
    () =>
      `labels differ only in case, width, spaces, the encoding of accents, or invisible characters: ${listed.join("; ")}${more}. ` +
      "Expected one spelling per class. Correct the labels in the files.",
  );
}

function unknownLabels(summary: DataSummary, { knownLabels, skipBadRows }: CheckContext): Problem[] {
  const train = setOf(summary, "train");
  const known = new Set([
    ...(knownLabels ?? []),
    ...(knownLabels ? [] : (train?.labels.map(({ label }) => label) ?? [])),
  ]);
  if (known.size === 0 || (train?.distinctLabels ?? 0) > (train?.labels.length ?? 0)) return [];
  const checked = labeledSets(summary).filter(({ set }) => set !== "train" || knownLabels !== undefined);
  return checked.flatMap((set) => {
    const unknown = set.labels.filter(({ label }) => !known.has(label));
    const [first] = unknown;
    const isOneFile = summary.files.filter((file) => file.set === set.set).length === 1;
    const line = isOneFile && first?.line !== undefined ? `, line ${first.line}` : "";
    const found = unknown.length === 1 ? `label ${countedLabels(unknown)} is` : `labels ${countedLabels(unknown)} are`;
    const origin = knownLabels === undefined ? "the training set" : "the model or task";
    const expected =
      [...known].slice(0, 8).map(quoteLabel).join(", ") + (known.size > 8 ? `, and ${known.size - 8} more` : "");
    const fix =
      set.set === "train"
        ? "Correct the rows, or train a new head for these labels with --new-labels."
        : "Correct the rows, or add training rows with these labels.";
    const message = () =>
      `${nameOf(summary, set.set)}${line}: ${found} not one of the labels of ${origin} (${expected}). ${fix}`;
    return skipBadRows
      ? warningIf(unknown.length > 0, "input/unknown-label", message)
      : errorIf(unknown.length > 0, "input/unknown-label", message);
  });
}

function trainingLabels(summary: DataSummary, train: SetSummary, { folds, classWeights }: CheckContext): Problem[] {
  const name = nameOf(summary, "train");
  const { labels, rows } = train;
  const isSingle = summary.problemType === "single_label_classification";
  if (isSingle && labels.length === 1)
    return errorIf(
      true,
      "input/too-few-labels",
      () =>
        `${name}: ${allHave(labels[0]!.rows, "labeled row")} the label ${quoteLabel(labels[0]!.label)}, expected at least 2 labels. ` +
        "Check the label column (--label-column), or add rows with other labels.",
    );
  const single = labels.filter((label) => label.rows === 1);
  const rare = folds === undefined ? [] : labels.filter((label) => label.rows > 1 && label.rows < folds);
  const [largest, smallest] = [labels[0]!, labels.at(-1)!];
  return [
    ...warningIf(
      single.length > 0 && rows > labels.length,
      "check/single-row-labels",
      () =>
        `${name}: ${counted(single.length, "label")} with only 1 row: ${countedLabels(single)}. A model cannot learn a label from 1 row. Add rows, or merge the labels with others.`,
    ),
    ...warningIf(
      rare.length > 0,
      "check/fewer-rows-than-folds",
      () =>
        `${name}: ${counted(rare.length, "label")} with fewer rows than the ${folds} folds: ${countedLabels(rare)}. Some folds have no row with these labels. Add rows, or lower --folds.`,
    ),
    ...warningIf(
      isSingle && classWeights !== true && largest.rows > thresholds.imbalance * smallest.rows,
      "check/imbalanced-labels",
      () =>
        `${name}: the labels are imbalanced: the most and the least frequent are ${countedLabels([largest, smallest])}. ` +
        "Accuracy hides errors on rare labels, so compare the F1 of each label, or set --class-weights balanced.",
    ),
  ];
}

const MISSING_VALUES = new Set([
  "",
  "?",
  "nan",
  "null",
  "n/a",
  "#n/a",
  "#value!",
  "#name?",
  "#ref!",
  "-",
  "--",
  "<na>",
]);

function missingValues(counts: readonly LabelCount[]): Problem[] {
  const labels = new Set(counts.map(({ label }) => label));
  const isMissing = ({ label }: LabelCount) =>
    MISSING_VALUES.has(label.toLowerCase()) || (label === "-1" && !labels.has("1") && !labels.has("+1"));
  const missing = counts.filter((count) => count.rows > 0 && isMissing(count));
  return warningIf(
    missing.length > 0 && counts.length > missing.length,
    "check/missing-values",
    () =>
      `${counted(missing.length, "label")} that ${missing.length === 1 ? "looks like a missing value" : "look like missing values"}: ${countedLabels(missing)}. ` +
      "The rows are used with this label. Label the rows, or delete them.",
  );
}

/** Finds labels in quotation marks, which remain if a file with quotes is read as a file without quotes. */
function quotedLabels(counts: readonly LabelCount[]): Problem[] {
  const isQuoted = ({ label }: LabelCount) => /^(["']).*\1$/s.test(label) && label.length > 1;
  return warningIf(
    counts.length > 0 && counts.every(isQuoted),
    "check/quoted-labels",
    () =>
      `all labels are enclosed in quotation marks, which are part of the labels: ${countedLabels(counts)}. ` +
      "Remove the quotation marks, or read the file as a table (bertie train FILE), in which they enclose cells.",
  );
}

/** Finds evaluation sets with a single label, on which a constant answer is perfect. */
function singleEvaluationLabel(summary: DataSummary, counts: readonly LabelCount[]): Problem[] {
  const dev = setOf(summary, "dev");
  const [only, ...others] = dev?.labels ?? [];
  return warningIf(
    summary.problemType === "single_label_classification" &&
      only !== undefined &&
      others.length === 0 &&
      counts.length > 1,
    "check/single-evaluation-label",
    () =>
      `${nameOf(summary, "dev")}: ${allHave(only!.rows, "row")} the label ${quoteLabel(only!.label)}, of ${counts.length} labels. ` +
      "A model that always answers this label reaches 100%. Evaluate on rows with all labels.",
  );
}

/** Finds labels that consist of other labels, such as "good,cheap" next to "good" and "cheap". */
function combinedLabels(counts: readonly LabelCount[]): Problem[] {
  const labels = new Set(counts.map(({ label }) => label));
  for (const separator of [",", ";", "|", "，", "；", "、", "/", " "]) {
    const partsOf = (label: string) => label.split(separator).map((part) => part.trim());
    const combined = counts.filter(({ label }) => {
      const parts = partsOf(label);
      return parts.length > 1 && parts.every((part) => labels.has(part));
    });
    if (combined.length === 0) continue;
    return warningIf(
      true,
      "check/combined-labels",
      () =>
        `${counted(combined.length, "label")} that ${combined.length === 1 ? "consists" : "consist"} of other labels: ${countedLabels(combined)}. ` +
        `If a row can have several labels, set --problem-type multi and --label-separator "${separator}".`,
    );
  }
  return [];
}

function allHave(rows: number, noun: string): string {
  return rows === 1 ? `the only ${noun} has` : `all ${counted(rows, noun)} have`;
}
