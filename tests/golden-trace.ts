import { readFileSync } from "node:fs";
import { type Batch, Random } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import {
  bertConfigFromJson,
  bertForSequenceClassification,
  loadPretrained,
  parameterSpecs,
  readSafetensors,
} from "@bertie/model";
import { type Classifier, classify, readParameters, type TrainStep, train, writeParameters } from "@bertie/optim";

/** A run of the reference implementation (pytorch-pretrained-bert 0.6.2): its input, and its results per step. */
export interface GoldenTrace {
  readonly config: Record<string, unknown>;
  readonly num_labels: number;
  readonly lr: number;
  readonly warmup: number;
  readonly t_total: number;
  readonly accumulation: number;
  readonly micro_batch: number;
  readonly optimizer_steps: number;
  readonly input_ids: number[][];
  readonly input_mask: number[][];
  readonly segment_ids: number[][];
  readonly labels: number[];
  readonly eval_rows: [number, number];
  readonly traces: {
    readonly "062": {
      readonly steps: { micro: { loss: number }[]; global_grad_norm: number; lr: number }[];
      readonly eval: { logits: number[][]; loss: number; accuracy: number };
    };
  };
}

/** The results of a run that are compared with a trace. */
export interface GoldenRun {
  readonly steps: readonly Pick<TrainStep, "loss" | "gradNorm" | "learningRate">[];
  readonly logits: readonly number[];
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

const fixtures = new URL("./fixtures/training/", import.meta.url);

/** The traces of the reference implementation. The schedule of the first ends two steps before the end of training. */
export const goldenRuns = [
  {
    name: "schedule two steps short",
    trace: "golden.json",
    init: "../../../packages/model/fixtures/tiny-bert/init.safetensors",
    final: "final_062.safetensors",
  },
  {
    name: "full schedule",
    trace: "golden_full_schedule.json",
    init: "init_full_schedule.safetensors",
    final: "final_full_schedule.safetensors",
  },
];

export function readTrace(file: string): GoldenTrace {
  return JSON.parse(readFileSync(new URL(file, fixtures), "utf8")) as GoldenTrace;
}

export function readGoldenWeights(file: string): Map<string, Float32Array> {
  const tensors = readSafetensors(readFileSync(new URL(file, fixtures)), file);
  return new Map([...tensors].map(([name, tensor]) => [name, tensor.toFloat32()]));
}

export function goldenClassifier(trace: GoldenTrace): Classifier {
  const config = bertConfigFromJson(JSON.stringify(trace.config), "golden.json");
  return {
    parameters: parameterSpecs(config, trace.num_labels),
    logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
  };
}

export function goldenParameters(trace: GoldenTrace, file: string): ReadonlyMap<string, Float32Array> {
  const config = bertConfigFromJson(JSON.stringify(trace.config), "golden.json");
  const tensors = readSafetensors(readFileSync(new URL(file, fixtures)), file);
  const options = { random: new Random(1, "classifier"), initializerRange: 0.02 };
  return loadPretrained(parameterSpecs(config, trace.num_labels), tensors, options).parameters;
}

export function goldenBatch(trace: GoldenTrace, start: number, end: number): Batch {
  const rows = (matrix: number[][]) => Int32Array.from(matrix.slice(start, end).flat());
  return {
    size: end - start,
    length: trace.input_ids[0]!.length,
    inputIds: rows(trace.input_ids),
    inputMask: rows(trace.input_mask),
    segmentIds: rows(trace.segment_ids),
    labelIds: Int32Array.from(trace.labels.slice(start, end)),
  };
}

/** Trains on a trace's input with its options, and evaluates. */
export async function runGolden(executor: Executor, trace: GoldenTrace, init: string) {
  const classifier = goldenClassifier(trace);
  await writeParameters(executor, classifier, goldenParameters(trace, init));
  const microBatches = trace.optimizer_steps * trace.accumulation;
  const data = {
    batchesPerEpoch: microBatches,
    epoch: () =>
      Array.from({ length: microBatches }, (_, i) =>
        goldenBatch(trace, i * trace.micro_batch, (i + 1) * trace.micro_batch),
      ),
  };
  const options = {
    epochs: 1,
    accumulation: trace.accumulation,
    learningRate: trace.lr,
    warmup: trace.warmup,
    scheduleSteps: trace.t_total,
    seed: 1,
  };
  const steps: TrainStep[] = [];
  for await (const event of train(executor, classifier, data, options)) if (event.type === "step") steps.push(event);
  const evaluated: number[] = [];
  for await (const { logits } of classify(executor, classifier, [goldenBatch(trace, ...trace.eval_rows)]))
    evaluated.push(...logits);
  return { steps, logits: evaluated, parameters: await readParameters(executor, classifier) };
}

/** Returns the largest absolute difference between two lists of numbers. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`the lists have ${a.length} and ${b.length} numbers`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference; // NaN counts as a difference
  }
  return largest;
}

/**
 * Returns the largest differences between a run and the reference. `key.bias` is separate from the other weights: its true
 * gradient is 0, so rounding errors determine its updates.
 */
export function distances(trace: GoldenTrace, final: string, run: GoldenRun) {
  const reference = trace.traces["062"];
  const weights = [...readGoldenWeights(final)];
  const largestOf = (keyBias: boolean) =>
    Math.max(
      ...weights
        .filter(([name]) => name.endsWith("key.bias") === keyBias)
        .map(([name, values]) => largestDifference(run.parameters.get(name)!, values)),
    );
  const meanOf = (step: { micro: { loss: number }[] }) =>
    step.micro.reduce((s, { loss }) => s + loss, 0) / step.micro.length;
  return {
    loss: largestDifference(
      run.steps.map(({ loss }) => loss),
      reference.steps.map(meanOf),
    ),
    gradNorm: largestDifference(
      run.steps.map(({ gradNorm }) => gradNorm),
      reference.steps.map((s) => s.global_grad_norm),
    ),
    learningRate: largestDifference(
      run.steps.map(({ learningRate }) => learningRate),
      reference.steps.map(({ lr }) => lr),
    ),
    logits: largestDifference(run.logits, reference.eval.logits.flat()),
    weights: largestOf(false),
    keyBias: largestOf(true),
  };
}
