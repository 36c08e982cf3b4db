import { BertieError } from "@bertie/common";
import { createBadRowCounter, noRowsError } from "./bad-rows.ts";
import type { ExampleSet, InputExample } from "./example.ts";
import type { Processor } from "./processor.ts";

/**
 * Returns the distinct labels of examples, sorted by code point so that their ids are the same on every run and machine.
 *
 * @example
 * ```ts
 * import { collectLabels } from "@bertie/data";
 *
 * const labels = ["positive", "negative", "positive"];
 * const examples = labels.map((label, i) => ({ guid: `train-${i}`, textA: "", label }));
 * console.log(collectLabels(examples)); // ["negative", "positive"]
 * ```
 */
export function collectLabels(examples: readonly InputExample[]): string[] {
  const labels = new Set<string>();
  for (const example of examples) for (const label of allLabelsOf(example)) labels.add(label);
  return [...labels].sort(compareCodePoints);
}

/**
 * Returns the labels of a run, in the order of their ids. The labels of the model take precedence over the labels of the task,
 * which take precedence over the labels of the training examples.
 *
 * If the model only has the placeholders that Hugging Face fills in (`LABEL_0`, `LABEL_1`, …) and the data do not use them,
 * they are ignored in favor of the labels of the task or of the training examples.
 *
 * @param known.modelLabels `id2label` of a model directory, in the order of ids
 * @param known.newLabels whether the labels of the model are ignored, to train a new classifier. @default false
 * @throws BertieError "input/no-labels" if neither the model, the task nor the training examples have labels
 * @throws BertieError "input/duplicate-label" if the model has the same label twice
 * @throws BertieError "input/other-labels" if the training examples have labels that the model does not have
 * @example
 * ```ts
 * import { getProcessor, resolveLabels } from "@bertie/data";
 *
 * console.log(resolveLabels(getProcessor("mnli"), {})); // ["contradiction", "entailment", "neutral"]
 * console.log(resolveLabels(getProcessor("news"), { modelLabels: ["sports", "stocks"] })); // ["sports", "stocks"]
 * ```
 */
export function resolveLabels(
  processor: Pick<Processor, "taskName" | "labels">,
  known: {
    modelLabels?: readonly string[] | undefined;
    trainExamples?: readonly InputExample[] | undefined;
    newLabels?: boolean | undefined;
  },
): readonly string[] {
  const { modelLabels, trainExamples, newLabels } = known;
  const dataLabels = processor.labels ?? (trainExamples && collectLabels(trainExamples));
  const ignoresModel = newLabels && dataLabels !== undefined;
  if (modelLabels !== undefined && modelLabels.length > 0 && !ignoresModel) {
    refuseDuplicates(modelLabels);
    const ignorePlaceholders =
      dataLabels !== undefined && arePlaceholders(modelLabels) && !isSubset(dataLabels, modelLabels);
    if (!ignorePlaceholders) {
      if (trainExamples !== undefined) refuseOtherLabels(collectLabels(trainExamples), modelLabels);
      return modelLabels;
    }
  }
  if (dataLabels !== undefined && dataLabels.length > 0) return dataLabels;
  throw new BertieError(
    "input/no-labels",
    `task ${processor.taskName}: the labels are unknown. Provide training data, or a model directory whose config.json has id2label.`,
  );
}

/**
 * Returns the label id of each example: the index of its label in `labels`, or undefined for an example without a label.
 *
 * @throws BertieError "input/unknown-label", with file, line, label and the known labels, if a label is not in `labels`
 * @example
 * ```ts
 * import { labelIdsOf } from "@bertie/data";
 *
 * const examples = [{ guid: "dev-0", textA: "很好", label: "positive" }, { guid: "dev-1", textA: "很差" }];
 * console.log(labelIdsOf(examples, ["negative", "positive"])); // [1, undefined]
 * ```
 */
export function labelIdsOf(examples: readonly InputExample[], labels: readonly string[]): (number | undefined)[] {
  const ids = new Map(labels.map((label, id) => [label, id]));
  return examples.map((example) => {
    if (example.label === undefined) return undefined;
    const id = ids.get(example.label);
    if (id === undefined) throw unknownLabel(example, example.label, labels);
    return id;
  });
}

/**
 * Returns the set without the examples whose label is not in `labels`, and counts them as bad rows.
 *
 * @throws BertieError "input/no-rows" if no example remains
 * @example
 * ```ts
 * import { skipUnknownLabels } from "@bertie/data";
 *
 * const examples = ["good", "odd"].map((label, i) => ({ guid: `dev-${i}`, textA: "", label }));
 * const set = skipUnknownLabels({ fileName: "dev.tsv", examples, blankLines: 0 }, ["bad", "good"]);
 * console.log(set.examples.length, set.badRows?.count); // 1 1
 * ```
 */
export function skipUnknownLabels(set: ExampleSet, labels: readonly string[]): ExampleSet {
  const known = new Set(labels);
  const unknownIn = (example: InputExample) => allLabelsOf(example).find((label) => !known.has(label));
  const isKnown = (example: InputExample) => unknownIn(example) === undefined;
  const bad = createBadRowCounter("skip");
  for (const example of set.examples) {
    const label = unknownIn(example);
    if (label !== undefined) bad.add(unknownLabel(example, label, labels));
  }
  const { badRows } = bad.summary();
  if (badRows === undefined) return set;
  const all = { count: badRows.count + (set.badRows?.count ?? 0), first: set.badRows?.first ?? badRows.first };
  const examples = set.examples.filter(isKnown);
  if (examples.length === 0) throw noRowsError(set.fileName, all);
  return { ...set, examples, badRows: all };
}

/** Returns the label or labels of an example; an empty list if it has none. */
function allLabelsOf({ label, labels = [] }: InputExample): readonly string[] {
  return label === undefined ? labels : [label];
}

/** Returns the error for a label that is not one of the known labels. */
export function unknownLabel({ guid, source }: InputExample, label: string, labels: readonly string[]): BertieError {
  const where = source === undefined ? `example ${guid}` : `${source.fileName}, line ${source.line}`;
  return new BertieError(
    "input/unknown-label",
    `${where}: label ${quote(label)} is not one of the ${labels.length} known labels (${abbreviate(labels)}). ` +
      "Correct the row, or add training rows with this label.",
  );
}

function abbreviate(labels: readonly string[]): string {
  const shown = labels.slice(0, 8).map(quote).join(", ");
  return labels.length > 8 ? `${shown}, and ${labels.length - 8} more` : shown;
}

/** Returns a label quoted on one line. Long labels are truncated, because a label from the wrong column can be a text. */
function quote(label: string): string {
  const characters = [...label];
  return JSON.stringify(characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : label);
}

function refuseDuplicates(labels: readonly string[]): void {
  const duplicate = labels.find((label, id) => labels.indexOf(label) !== id);
  if (duplicate === undefined) return;
  throw new BertieError(
    "input/duplicate-label",
    `the model has label ${quote(duplicate)} twice. Use a different label for each id in id2label of config.json.`,
  );
}

/**
 * Checks that a model can continue to be trained on data: that the model has all labels of the data.
 *
 * @throws BertieError "input/other-labels", with the labels of both
 * @example
 * ```ts
 * import { refuseOtherLabels } from "@bertie/data";
 *
 * refuseOtherLabels(["good"], ["bad", "good"]); // does not throw
 * ```
 */
export function refuseOtherLabels(dataLabels: readonly string[], modelLabels: readonly string[]): void {
  const others = dataLabels.filter((label) => !modelLabels.includes(label));
  if (others.length === 0) return;
  const text =
    `the training data has ${others.length === 1 ? "the label" : "the labels"} ${abbreviate(others)}, but the model was fine-tuned on ` +
    `${abbreviate(modelLabels)}. To train a new classifier for the labels of the data, set newLabels (--new-labels). ` +
    "Otherwise, correct the labels of the data.";
  throw new BertieError("input/other-labels", text);
}

function arePlaceholders(labels: readonly string[]): boolean {
  return labels.every((label, id) => label === `LABEL_${id}`);
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((label) => all.includes(label));
}

/** Compares strings by code point. JavaScript compares UTF-16 code units, which sorts U+10000 and above before U+E000. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0)!);
  const right = Array.from(b, (character) => character.codePointAt(0)!);
  const difference = left.findIndex((codePoint, i) => codePoint !== right[i]);
  if (difference < 0) return left.length - right.length;
  return left[difference]! - (right[difference] ?? -1);
}
