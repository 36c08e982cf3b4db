import { BertieError, type ProblemType } from "@bertie/common";
import {
  badRowsNote,
  type ExampleSet,
  type InputExample,
  labelIdsOf,
  skipUnknownLabels,
  targetsOf,
} from "@bertie/data";
import { probabilities } from "@bertie/optim";
import { type Examples, type ReadExamples, readExampleSet } from "../data/examples.ts";
import { requireSameProblem } from "../data/problem-types.ts";
import { asInTraining, trainingTableOf } from "../data/training-table.ts";
import type { LoadedModel } from "../load-model.ts";
import { type Run, type TextBatches, textBatches } from "../text-batches.ts";
import type { ExportCheck } from "./export-options.ts";

/** Number of texts per batch, as a server would use. */
const BATCH_SIZE = 8;
/** Time that is spent on measuring the speed of all variants, in milliseconds. */
const TIMING_MS = 10_000;
const MAX_ROUNDS = 7;

/** Labeled examples, tokenized. */
export interface CheckExamples {
  readonly examples: readonly InputExample[];
  readonly texts: TextBatches;
  /** Notes about the table, one line per note. */
  readonly notes: readonly string[];
}

/**
 * Reads and tokenizes the labeled examples for {@link checkVariants}.
 *
 * @throws BertieError "input/unknown-label" if an example has a label that the model does not have, unless bad rows are
 *   skipped; other "input/…" codes if the examples cannot be read or are for another kind of problem
 */
export async function readCheck(model: LoadedModel, problemType: ProblemType, check: Examples): Promise<CheckExamples> {
  const read = await readExampleSet("check", asInTraining(check, trainingTableOf(model.directory)));
  requireSameProblem(read, problemType, "the model expects");
  const { examples, badRows } = withKnownLabels(read, model, problemType);
  const texts = textBatches(model, examples, { batchSize: BATCH_SIZE, checkLabels: problemType !== "regression" });
  const notes = [...read.notes, ...(badRows ? [badRowsNote(read.fileName, badRows)] : [])];
  return { examples, texts, notes };
}

/** Returns the examples whose labels are labels of the model. `badRows` counts only the rows with other labels. */
function withKnownLabels(
  { fileName, examples, blankLines, onBadRow }: ReadExamples,
  { labels }: LoadedModel,
  problemType: ProblemType,
): ExampleSet {
  const set = { fileName, examples, blankLines };
  if (problemType === "regression") return set;
  if (onBadRow === "skip") return skipUnknownLabels(set, labels);
  try {
    targetsOf(examples, labels);
    labelIdsOf(examples, labels);
    return set;
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    const isNamed = labels.some((label, id) => label !== `LABEL_${id}`);
    const remedy = isNamed
      ? "Or skip such rows (onBadRow, --on-bad-row skip)."
      : `The model's labels have no names: write the names to "id2label" in its config.json.`;
    throw new BertieError("input/unknown-label", `${error.message} ${remedy}`, { cause: error });
  }
}

/**
 * Compares variants of a model on labeled examples with the first variant.
 *
 * @param variants functions that run each variant; the first is the reference
 */
export async function checkVariants(
  model: LoadedModel,
  problemType: ProblemType,
  { examples, texts }: CheckExamples,
  variants: readonly Run[],
  signal?: AbortSignal,
): Promise<ExportCheck[]> {
  const scores: Float32Array[] = [];
  for (const run of variants) scores.push(probabilities(await texts.logits(run, signal), examples.length, problemType));
  const times = await timesOf(variants, texts.batches, signal);
  const answers = scores.map((values) => predictions(values, model, problemType));
  const expected = examples.map((example) => answerOf(example, model.labels));
  return scores.map((values, i) => {
    const isRegression = problemType === "regression";
    const matches = (others: readonly string[]) => answers[i]!.filter((answer, k) => answer === others[k]).length;
    return {
      examples: examples.length,
      accuracy: isRegression ? undefined : matches(expected) / examples.length,
      changed: isRegression ? undefined : examples.length - matches(answers[0]!),
      largestDifference: values.reduce((most, value, k) => Math.max(most, Math.abs(value - scores[0]![k]!)), 0),
      msPerText: times[i]!,
    };
  });
}

/**
 * Returns the time per text of each variant in milliseconds: the fastest of several rounds, in which the variants take
 * turns, on every nth batch.
 */
async function timesOf(
  variants: readonly Run[],
  batches: readonly Parameters<Run>[0][],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const step = Math.max(1, Math.floor(batches.length / 16));
  const sample = batches.filter((_, i) => i % step === 0);
  const texts = sample.reduce((sum, { size }) => sum + size, 0);
  const best = variants.map(() => Number.POSITIVE_INFINITY);
  const end = performance.now() + TIMING_MS;
  for (let round = 0; round < MAX_ROUNDS && (round < 2 || performance.now() < end); round++) {
    for (const [i, run] of variants.entries()) {
      signal?.throwIfAborted();
      const start = performance.now();
      for (const batch of sample) await run(batch);
      best[i] = Math.min(best[i]!, (performance.now() - start) / texts);
    }
  }
  return best;
}

/** Returns the predicted label ids of each text, separated by commas. */
function predictions(scores: Float32Array, { labels, threshold }: LoadedModel, problemType: ProblemType): string[] {
  const rows = scores.length / labels.length;
  return Array.from({ length: rows }, (_, row) => {
    const values = scores.subarray(row * labels.length, (row + 1) * labels.length);
    if (problemType !== "multi_label_classification")
      return String(values.indexOf(values.reduce((a, b) => Math.max(a, b))));
    return labels.flatMap((_label, id) => (values[id]! >= threshold ? [id] : [])).join();
  });
}

/** Returns the true label ids of an example, separated by commas. */
function answerOf({ label, labels }: InputExample, names: readonly string[]): string {
  if (labels === undefined) return String(names.indexOf(label ?? ""));
  return names.flatMap((name, id) => (labels.includes(name) ? [id] : [])).join();
}
