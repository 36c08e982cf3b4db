import { Random } from "@bertie/common";
import type { InputFeatures } from "@bertie/data";
import type { HeadLayers } from "@bertie/model";
import {
  type CrossValidatedHead,
  crossValidate,
  type FitProgress,
  fitWithCrossValidation,
  headLogits,
  type Link,
} from "@bertie/optim";
import type { RunData } from "../data/data-set.ts";
import type { RunEvent } from "../run/events.ts";
import type { Features } from "./encoder-features.ts";
import { headParameters, poolFeatures, type Standardization, standardization } from "./pooler-head.ts";

/** Linear probe: a linear classifier of the features of the frozen encoder. */
export interface Probe extends CrossValidatedHead {
  readonly standardization: Standardization;
  readonly layers: HeadLayers;
  /** Fraction of the rows that heads that were not fitted to them classify correctly; undefined unless single-label. */
  readonly accuracy: number | undefined;
  /** Parameters of the pooler and the classifier by name. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** Options of {@link fitProbe}. */
export interface ProbeOptions {
  readonly data: Pick<RunData, "labels" | "problemType">;
  /** Layers of the model that the probe replaces. */
  readonly layers: HeadLayers;
  /** Weights of the classes in the loss, in the order of the label ids. @default no weights */
  readonly classWeights?: readonly number[] | undefined;
  readonly seed: number;
  /** Penalty of the weights. @default chosen by cross-validation */
  readonly penalty?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

const LINKS: Readonly<Record<NonNullable<RunData["problemType"]>, Link>> = {
  single_label_classification: "softmax",
  multi_label_classification: "sigmoid",
  regression: "identity",
};

/**
 * Fits a linear classifier (or regression) to features. Cross-validation chooses the penalty. Yields the progress.
 *
 * @param features features of the rows
 * @param rows rows with labels or targets
 */
export async function* fitProbe(
  features: Features,
  rows: readonly InputFeatures[],
  options: ProbeOptions,
): AsyncGenerator<RunEvent, Probe> {
  const { layers, signal } = options;
  const { scaling, head, validation } = probeData(features, rows, options);
  const fitted = yield* withProgress(fitWithCrossValidation(head, validation), signal);
  const isSingle = validation.link === "softmax" && fitted.loss !== undefined;
  return {
    ...fitted,
    standardization: scaling,
    layers,
    accuracy: isSingle ? accuracyOf(fitted.outOfFold, validation.classes, head.outputs) : undefined,
    parameters: headParameters(scaling, fitted.head, layers),
  };
}

/**
 * Returns the logits of each row from linear classifiers that were not fitted to the row, `[rows, outputs]`, as
 * {@link fitProbe} does, but without fitting one to all rows. Yields the progress.
 */
export async function* outOfFoldLogits(
  features: Features,
  rows: readonly InputFeatures[],
  options: ProbeOptions,
): AsyncGenerator<RunEvent, Float64Array> {
  const { head, validation } = probeData(features, rows, options);
  return (yield* withProgress(crossValidate(head, validation), options.signal)).outOfFold;
}

/** Returns the standardization of the features, the data of a head, and the options of its cross-validation. */
function probeData(
  features: Features,
  rows: readonly InputFeatures[],
  { data, layers, classWeights, seed, penalty }: ProbeOptions,
) {
  const { labels, problemType = "single_label_classification" } = data;
  const outputs = problemType === "regression" ? 1 : labels.length;
  const scaling = standardization(features);
  const targets = targetsOf(rows, outputs);
  const head = {
    ...{ features: poolFeatures(features, scaling, layers.activation), columns: features.columns, targets, outputs },
    weights: classWeights && Float64Array.from(rows, ({ labelId }) => classWeights[labelId ?? -1] ?? 1),
  };
  const validation = {
    ...{ link: LINKS[problemType], classes: classesOf(rows), groups: rows.map((row, i) => row.example ?? i) },
    random: new Random(seed, "probe"),
    penalties: penalty === undefined ? undefined : [penalty],
  };
  return { scaling, head, validation };
}

async function* withProgress<T>(
  fit: Generator<FitProgress, T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, T> {
  let next = fit.next();
  while (!next.done) {
    yield { type: "fit", ...next.value };
    signal?.throwIfAborted();
    next = fit.next();
  }
  return next.value;
}

/** Returns the logits of a probe for features, `[rows, outputs]`. */
export function probeLogits({ head, standardization, layers }: Probe, features: Features): Float64Array {
  return headLogits(head, poolFeatures(features, standardization, layers.activation), features.columns);
}

/** Returns the targets of rows, `[rows, outputs]`: 1 for the label of the row, or its targets. */
function targetsOf(rows: readonly InputFeatures[], outputs: number): Float64Array {
  const targets = new Float64Array(rows.length * outputs);
  for (const [i, row] of rows.entries()) {
    if (row.targets !== undefined) targets.set(row.targets, i * outputs);
    else targets[i * outputs + row.labelId!] = 1;
  }
  return targets;
}

/** Returns the label id of each row or, for several labels, a number for each combination. Values have no classes. */
function classesOf(rows: readonly InputFeatures[]): Int32Array {
  const combinations = new Map<string, number>();
  return Int32Array.from(rows, ({ labelId, targets }) => {
    if (labelId !== undefined || targets === undefined || targets.length === 1) return labelId ?? 0;
    const key = targets.join();
    const id = combinations.get(key) ?? combinations.size;
    combinations.set(key, id);
    return id;
  });
}

function accuracyOf(logits: Float64Array, classes: Int32Array, outputs: number): number {
  let [correct, count] = [0, 0];
  for (const [row, label] of classes.entries()) {
    const scores = logits.subarray(row * outputs, (row + 1) * outputs);
    if (scores.some(Number.isNaN)) continue;
    count++;
    if (scores.every((score) => score <= scores[label]!)) correct++;
  }
  return correct / count;
}
