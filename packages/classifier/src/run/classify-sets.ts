import type { Batch } from "@bertie/common";
import { countBatches, evaluationBatches } from "@bertie/data";
import {
  argMax,
  averageLogits,
  averageWindows,
  type ClassifyOptions,
  classify,
  type EvaluationPrograms,
  type EvaluationResult,
  evaluate,
  prepareEvaluation,
  probabilities,
} from "@bertie/optim";
import { type DataSet, isLabeled, type RunData } from "../data/data-set.ts";
import type { PhaseStart, Prediction, RunEvent } from "./events.ts";
import { formatPrediction, formatPredictionHeader, identityOf, predictionOf, type RowIdentity } from "./predictions.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { type EvaluatedSet, scoreSet } from "./results.ts";

/** Set of examples with its batches and compiled programs. */
export interface PreparedSet {
  readonly set: DataSet;
  readonly batches: () => Iterable<Batch>;
  readonly options: ClassifyOptions;
}

/** Properties of a run that are required to classify a set. */
export type Evaluator = Pick<PreparedRun, "options" | "executor" | "classifier" | "precision" | "data">;

/** Maximum number of padded lengths if the compiled programs run all batch shapes. */
const ANY_LENGTH = 64;

/**
 * Batches a set, and compiles the programs to classify its batches.
 *
 * @param compiled programs that run all batch shapes, see `frozenPrograms()`
 */
export async function prepareSet(
  run: Evaluator,
  set: DataSet,
  compiled?: EvaluationPrograms | undefined,
): Promise<PreparedSet> {
  const { options, executor, classifier, precision } = run;
  const paddedLengths = compiled === undefined ? options.paddedLengths : ANY_LENGTH;
  const plan = { ...options, paddedLengths, batchSize: options.evaluationBatchSize };
  const { batches, shapes } = evaluationBatches(set.features, plan);
  const labeled = isLabeled(set);
  const programs =
    compiled ?? (await prepareEvaluation(executor, classifier, shapes, labeled, { precision: precision.type }));
  return { set, batches, options: { programs } };
}

/** Evaluates a set with the parameters in the state of the executor. May be called repeatedly. */
export async function* evaluateOn(
  run: Evaluator,
  { set, batches, options }: PreparedSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, EvaluatedSet> {
  const { executor, classifier, data } = run;
  yield phaseStart("evaluation", set, run.options.evaluationBatchSize);
  let result: EvaluationResult | undefined;
  for await (const event of evaluate(executor, classifier, batches(), options)) {
    if (event.type === "eval-end") result = event;
    else yield { ...event, set: set.name };
    signal?.throwIfAborted();
  }
  const textOf = textIndex(set);
  const averaged = textOf === undefined ? result! : averageWindows(result!, textOf, data.problemType);
  return scoreSet(set, data, averaged, run.options.seed);
}

/** Returns the function from a row to the index of its text, if texts were split into windows. */
function textIndex({ features }: DataSet): ((row: number) => number) | undefined {
  return features[0]?.example === undefined ? undefined : (row) => features[row]!.example!;
}

/** Yields predictions in the order of the rows, which differs from the order of the batches. */
export async function* predictFor(
  run: PreparedRun,
  { set, batches, options }: PreparedSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent> {
  const { executor, classifier, data, workspace } = run;
  yield* exampleLogs(set);
  yield phaseStart("prediction", set, run.options.evaluationBatchSize);
  const waiting = new Map<number, Prediction>();
  const windows = createWindows(set);
  const rowOf = rowIdentities(set);
  let next = 0;
  for await (const { batch, logits } of classify(executor, classifier, batches(), options)) {
    const width = logits.length / batch.size;
    for (const [i, row] of batch.rows!.entries()) {
      const whole = windows.add(row, logits.subarray(i * width, (i + 1) * width), data.problemType);
      if (whole === undefined) continue;
      const values = probabilities(whole.logits, 1, data.problemType);
      const best = argMax(whole.logits, 1)[0]!;
      const { text } = whole;
      waiting.set(text, predictionOf(rowOf(text), values, best, data));
    }
    for (let prediction = waiting.get(next); prediction !== undefined; prediction = waiting.get(++next)) {
      waiting.delete(next);
      if (next === 0) await workspace?.append("predictions.tsv", formatPredictionHeader(prediction));
      await workspace?.append("predictions.tsv", formatPrediction(prediction));
      yield { type: "prediction", ...prediction };
      signal?.throwIfAborted();
    }
  }
}

/** Returns the function from the index of a text to its identity. */
function rowIdentities({ name, guids, examples }: DataSet): (text: number) => RowIdentity {
  const files = new Set(examples?.map(({ source }) => source?.fileName));
  const identify = identityOf(files.size > 1);
  return (text) => {
    const example = examples?.[text];
    return example === undefined ? { guid: guids?.[text] ?? `${name}-${text}` } : identify(example);
  };
}

/** Collects the logits of the windows of each text. */
function createWindows(set: DataSet) {
  const textOf = textIndex(set) ?? ((row: number) => row);
  const counts = new Map<number, number>();
  set.features.forEach((_, row) => {
    counts.set(textOf(row), (counts.get(textOf(row)) ?? 0) + 1);
  });
  const pending = new Map<number, Float32Array[]>();
  return {
    /** Adds the logits of a row. Returns the logits of its text once all windows of the text have been added. */
    add(row: number, logits: Float32Array, problemType: RunData["problemType"]) {
      const text = textOf(row);
      const count = counts.get(text)!;
      if (count === 1) return { text, logits };
      const parts = [...(pending.get(text) ?? []), logits.slice()];
      pending.set(text, parts);
      if (parts.length < count) return undefined;
      pending.delete(text);
      const all = Float32Array.from(parts.flatMap((part) => [...part]));
      return { text, logits: averageLogits(all, new Int32Array(count), problemType).values };
    },
  };
}

/** Yields the log events of the first examples of a set. */
export function* exampleLogs({ name, logs }: DataSet): Generator<RunEvent> {
  for (const log of logs) yield { type: "example", set: name, ...log };
}

/** Creates the event at the start of a phase. */
export function phaseStart(
  phase: PhaseStart["phase"],
  { name, features }: DataSet,
  batchSize: number,
  steps = countBatches(features.length, batchSize),
): RunEvent {
  return { type: "phase-start", phase, set: name, examples: features.length, batchSize, steps };
}
