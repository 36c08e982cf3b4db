import { Random } from "@bertie/common";
import { percent } from "@bertie/data";
import { headLayers } from "@bertie/model";
import type { OptionRecord } from "../checkpoint/resume-compatibility.ts";
import type { DataSet } from "../data/data-set.ts";
import { evaluateOn, type PreparedSet } from "../run/classify-sets.ts";
import { type Baseline, info, type Results, type RunEvent, warning } from "../run/events.ts";
import type { PreparedRun } from "../run/prepared-run.ts";
import type { EvaluatedSet } from "../run/results.ts";
import { DATA } from "../storage/storage.ts";
import { encodeRows } from "./encoder-features.ts";
import { fitProbe, outOfFoldLogits, probeLogits } from "./fit-probe.ts";
import { frozenPrograms, writeHead } from "./head-state.ts";
import { type RunSuspect, suspectsOf } from "./suspects.ts";

/** Where an unfinished run keeps its baseline, because the initial weights are not known when it is resumed. */
const SAVED_BASELINE = `${DATA}/baseline.json`;
/** Maximum number of training rows that the baseline is fitted to. */
const MAX_ROWS = 2000;
/** Maximum number of training rows that are checked for wrong labels. */
const MAX_CHECKED = 10_000;

/** Baseline, and training rows that are probably mislabeled. */
export interface MeasuredBaseline {
  readonly baseline: Baseline;
  readonly suspects: readonly RunSuspect[];
}

/**
 * Measures the baseline of a run if it was requested or, by default, if the data is a table. The tasks of the 2018 script
 * and examples in memory have no baseline by default. A resumed run reads the baseline that it measured before.
 */
export async function* baselineOf(
  run: PreparedRun,
  evaluation: PreparedSet | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, MeasuredBaseline | undefined> {
  const { options, record, data, checkpoint, workspace } = run;
  const { baseline = isTable(record), headOnly } = options;
  if (!baseline || headOnly || data.train === undefined || evaluation === undefined) return undefined;
  if (checkpoint !== undefined) {
    const saved = await workspace?.read(SAVED_BASELINE);
    return saved && (JSON.parse(new TextDecoder().decode(saved)) as MeasuredBaseline);
  }
  const measured = yield* measureBaseline(run, data.train, evaluation, signal);
  await workspace?.write(SAVED_BASELINE, JSON.stringify(measured));
  return measured;
}

function isTable({ taskName, trainFile }: OptionRecord): boolean {
  return taskName === undefined && trainFile !== undefined;
}

/**
 * Fits a linear probe to the features of the model before training, and evaluates it on the first evaluation set. The
 * parameters of the run do not change.
 */
async function* measureBaseline(
  run: PreparedRun,
  train: DataSet,
  evaluation: PreparedSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, MeasuredBaseline> {
  const { data, options } = run;
  const start = performance.now();
  const order = rowsToCheck(train, options.seed);
  const [fitted, others] = [order.slice(0, MAX_ROWS), order.slice(MAX_ROWS)];
  const rowsOf = (indices: readonly number[]) => indices.map((row) => train.features[row]!);
  const encoding = { set: train.name, signal };
  const features = yield* encodeRows(run, rowsOf(fitted), encoding);
  const classWeights = run.classifier.loss?.classWeights;
  const layers = headLayers(run.model.config);
  const probeOptions = { data, layers, classWeights, seed: options.seed, signal };
  const probe = yield* fitProbe(features.first, rowsOf(fitted), probeOptions);
  const { scores } = yield* evaluateWithHead(run, evaluation, probe.parameters, signal);
  const baseline: Baseline = {
    method: "linear probe",
    set: evaluation.set.name,
    scores,
    examples: fitted.length,
    seconds: (performance.now() - start) / 1000,
  };
  yield { type: "baseline", ...baseline };
  const detectorOptions = { ...probeOptions, penalty: probe.penalty };
  if (others.length === 0) {
    const logits = yield* outOfFoldLogits(features.mean, rowsOf(fitted), detectorOptions);
    return { baseline, suspects: suspectsOf(train, data, order, logits) };
  }
  const detector = yield* fitProbe(features.mean, rowsOf(fitted), detectorOptions);
  const rest = probeLogits(detector, (yield* encodeRows(run, rowsOf(others), encoding)).mean);
  const logits = Float64Array.from([...detector.outOfFold, ...rest]);
  return { baseline, suspects: suspectsOf(train, data, order, logits) };
}

/** Returns the rows to check for wrong labels: all rows in their order or, of many rows, a random part in random order. */
function rowsToCheck({ features }: DataSet, seed: number): readonly number[] {
  const rows = [...features.keys()];
  return rows.length <= MAX_ROWS ? rows : new Random(seed, "baseline").shuffled(rows).slice(0, MAX_CHECKED);
}

/** Evaluates the run's initial model with another head. The state of the executor is the same afterwards. */
async function* evaluateWithHead(
  run: PreparedRun,
  evaluation: PreparedSet,
  head: ReadonlyMap<string, Float32Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, EvaluatedSet> {
  const programs = await frozenPrograms(run, evaluation.set, new Map([...run.parameters, ...head]));
  try {
    if (programs !== undefined)
      return yield* evaluateOn(run, { ...evaluation, options: { ...evaluation.options, programs } }, signal);
    await writeHead(run, head);
    return yield* evaluateOn(run, evaluation, signal);
  } finally {
    await programs?.dispose();
    if (programs === undefined) await writeHead(run, run.parameters);
  }
}

/**
 * Returns the line that compares the fine-tuned model with the baseline, as a note, or as a warning if the fine-tuned
 * model is worse. Accuracy is compared or, if there is none, the loss.
 */
export function compareWithBaseline({ scores, seconds }: Baseline, fineTuned: Results): RunEvent {
  const [name, isBetter, format] =
    scores.accuracy === undefined
      ? (["loss", (value: number, other: number) => value <= other, (value: number) => value.toFixed(4)] as const)
      : (["accuracy", (value: number, other: number) => value >= other, percent] as const);
  const [probe, tuned] = [scores[name] ?? Number.NaN, fineTuned[name] ?? Number.NaN];
  const line = `linear probe: ${name} ${format(probe)} in ${seconds.toFixed(1)} s; fine-tuned: ${format(tuned)}`;
  if (isBetter(tuned, probe)) return info(line);
  return warning(
    `${line}. The fine-tuned model is worse than a linear classifier on the features of the original model. Train for more epochs, lower the learning rate, or use headOnly (--head-only).`,
    "note/worse-than-probe",
  );
}
