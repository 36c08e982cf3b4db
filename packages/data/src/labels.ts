import { BertieError } from "@bertie/common";
import { createBadRowCounter, noRows } from "./bad-rows.ts";
import type { ExampleSet, InputExample } from "./example.ts";
import type { Processor } from "./processor.ts";

/** The labels found in examples, each once, sorted by code points: the same ids on every run and machine. */
export function collectLabels(examples: readonly InputExample[]): string[] {
  const labels = new Set<string>();
  for (const { label } of examples) if (label !== undefined) labels.add(label);
  return [...labels].sort(compareCodePoints);
}

/**
 * The labels of a run in the order of their ids: those that the model was trained with, else the task's own, else those
 * found in the training examples.
 *
 * A model's labels that are mere placeholders (`LABEL_0`, `LABEL_1`, …, as Hugging Face fills them in) give way to names
 * known from elsewhere, unless the data use them.
 *
 * @param modelLabels `id2label` of a model directory, in the order of ids
 * @throws BertieError "input/no-labels" where nothing tells them, "input/duplicate-label" where a model's repeat
 */
export function resolveLabels(
  processor: Pick<Processor, "taskName" | "labels">,
  known: { modelLabels?: readonly string[] | undefined; trainExamples?: readonly InputExample[] | undefined },
): readonly string[] {
  const { modelLabels, trainExamples } = known;
  const found = processor.labels ?? (trainExamples && collectLabels(trainExamples));
  if (modelLabels !== undefined && modelLabels.length > 0) {
    refuseDuplicates(modelLabels);
    const giveWay = found !== undefined && arePlaceholders(modelLabels) && !isSubset(found, modelLabels);
    if (!giveWay) return modelLabels;
  }
  if (found !== undefined && found.length > 0) return found;
  throw new BertieError(
    "input/no-labels",
    `task ${processor.taskName}: the labels are unknown; give training data, or a model directory that names its labels`,
  );
}

/**
 * The id of every example's label: its index in `labels`, undefined where an example has none.
 *
 * @throws BertieError "input/unknown-label", which names file, line, label, and the known ones
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
 * The set without the examples whose label is none of these, which count as bad rows.
 *
 * @throws BertieError "input/no-rows" where none is left
 */
export function skipUnknownLabels(set: ExampleSet, labels: readonly string[]): ExampleSet {
  const known = new Set(labels);
  const isKnown = ({ label }: InputExample) => label === undefined || known.has(label);
  const bad = createBadRowCounter("skip");
  for (const example of set.examples) if (!isKnown(example)) bad.add(unknownLabel(example, example.label!, labels));
  const { badRows } = bad.found();
  if (badRows === undefined) return set;
  const all = { count: badRows.count + (set.badRows?.count ?? 0), first: set.badRows?.first ?? badRows.first };
  const examples = set.examples.filter(isKnown);
  if (examples.length === 0) throw noRows(set.fileName, { badRows: all });
  return { ...set, examples, badRows: all };
}

function unknownLabel({ guid, source }: InputExample, label: string, labels: readonly string[]): BertieError {
  const where = source === undefined ? `example ${guid}` : `${source.fileName}, line ${source.line}`;
  return new BertieError(
    "input/unknown-label",
    `${where}: label ${quote(label)} is none of the ${labels.length} known ones (${abbreviate(labels)}); ` +
      "correct the row, or train with this label",
  );
}

function abbreviate(labels: readonly string[]): string {
  const shown = labels.slice(0, 8).map(quote).join(", ");
  return labels.length > 8 ? `${shown}, and ${labels.length - 8} more` : shown;
}

/** In quotes, on one line, and short: a label read from the wrong column may be a whole text. */
function quote(label: string): string {
  const characters = [...label];
  return JSON.stringify(characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : label);
}

function refuseDuplicates(labels: readonly string[]): void {
  const duplicate = labels.find((label, id) => labels.indexOf(label) !== id);
  if (duplicate === undefined) return;
  throw new BertieError(
    "input/duplicate-label",
    `the model has label ${quote(duplicate)} twice; give each id in id2label a label of its own`,
  );
}

function arePlaceholders(labels: readonly string[]): boolean {
  return labels.every((label, id) => label === `LABEL_${id}`);
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((label) => all.includes(label));
}

/** JavaScript compares UTF-16 code units, in which characters past U+FFFF come before U+E000 to U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0)!);
  const right = Array.from(b, (character) => character.codePointAt(0)!);
  const difference = left.findIndex((codePoint, i) => codePoint !== right[i]);
  if (difference < 0) return left.length - right.length;
  return left[difference]! - (right[difference] ?? -1);
}
