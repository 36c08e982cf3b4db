import { headLayers } from "@bertie/model";
import type { TrainResult } from "@bertie/optim";
import type { DataSet } from "../data/data-set.ts";
import { exampleLogs } from "../run/classify-sets.ts";
import type { RunEvent } from "../run/events.ts";
import type { PreparedRun } from "../run/prepared-run.ts";
import { encodeRows } from "./encoder-features.ts";
import { fitProbe, outOfFoldLogits } from "./fit-probe.ts";
import { writeHead } from "./head-state.ts";
import { type RunSuspect, suspectsOf } from "./suspects.ts";

/** Facts about a fitted head for run.json. */
export type HeadRecord = Readonly<Record<string, unknown>>;

/** Result of {@link trainHead}. */
export interface TrainedHead extends Omit<TrainResult, "loss"> {
  /** Loss in cross-validation; undefined if there are too few rows for cross-validation. */
  readonly loss: number | undefined;
  readonly scores: readonly [];
  readonly best: undefined;
  /** Parameters of the model with the fitted head. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly head: HeadRecord;
  readonly suspects: readonly RunSuspect[];
}

/**
 * Trains only the head: computes the features of the training set once with the encoder as it is, fits a linear
 * classifier to the features, and writes it to the state of the executor as pooler and classifier.
 */
export async function* trainHead(
  run: PreparedRun,
  set: DataSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, TrainedHead> {
  const { data, options } = run;
  const start = performance.now();
  yield* exampleLogs(set);
  const features = yield* encodeRows(run, set.features, { set: set.name, signal });
  const classWeights = run.classifier.loss?.classWeights;
  const layers = headLayers(run.model.config);
  const probeOptions = { data, layers, classWeights, seed: options.seed, signal };
  const probe = yield* fitProbe(features.first, set.features, probeOptions);
  await writeHead(run, probe.parameters);
  const detectorOptions = { ...probeOptions, penalty: probe.penalty };
  const logits = yield* outOfFoldLogits(features.mean, set.features, detectorOptions);
  const suspects = suspectsOf(set, data, [...set.features.keys()], logits);
  const seconds = (performance.now() - start) / 1000;
  const { penalty, folds, repeats, loss, accuracy } = probe;
  const examples = set.features.length;
  yield { type: "head", penalty, folds, repeats, loss, accuracy, examples, seconds };
  const validation = { folds, repeats, loss: loss ?? null, ...(accuracy !== undefined && { accuracy }) };
  return {
    ...{ steps: 0, examples, seconds, scores: [], best: undefined },
    loss,
    parameters: new Map([...run.parameters, ...probe.parameters]),
    head: { penalty, cross_validation: validation, features: features.quantized ? "8-bit" : "float32" },
    suspects,
  };
}
