import { BertieError } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import type { BatchShape, ClassificationBatch, Classifier } from "./classifier.ts";
import { nextLossScale } from "./loss-scale.ts";
import type { StepOptions } from "./programs.ts";
import { learningRateAt, type ScheduleName } from "./schedules.ts";
import { createStepper } from "./stepper.ts";

/** The batches of training, known before they are made. */
export interface TrainingData {
  readonly batchesPerEpoch: number;
  /** The shapes that batches may have, if known: their programs are then compiled before the first step. */
  readonly shapes?: readonly BatchShape[];
  /** The batches of an epoch, counted from 0, in order. */
  epoch(index: number): Iterable<ClassificationBatch>;
}

export interface TrainOptions extends Omit<StepOptions, "scaledLoss"> {
  /** May be a fraction: 0.5 is the first half of an epoch. */
  readonly epochs: number;
  /** Stop after this many updates; the schedule ends there too. */
  readonly maxSteps?: number;
  /** Micro-batches an update. The last update of an epoch takes what is left. Default 1. */
  readonly accumulation?: number;
  /** The highest learning rate. */
  readonly learningRate: number;
  /** Default "warmup_linear". */
  readonly schedule?: ScheduleName;
  /** The part of all updates over which the rate rises from 0. Default 0. */
  readonly warmup?: number;
  /** Over how many updates the schedule runs, if not over all; −1 for a constant rate. */
  readonly scheduleSteps?: number;
  /** The seed of dropout. */
  readonly seed: number;
  /** Multiplies the loss before the gradients are computed, and divides them after. Halved when that overflows. */
  readonly lossScale?: number;
  /** Keeps masters and moments, and updates, there. Default: where the gradients are computed. */
  readonly optimizerExecutor?: Executor;
}

/** What happens in a training run, in order. Seconds count from the start of training. */
export type TrainEvent =
  | { readonly type: "train-start"; readonly steps: number; readonly epochs: number; readonly batchesPerEpoch: number }
  | { readonly type: "epoch-start"; readonly epoch: number; readonly batches: number }
  | ({ readonly type: "step" } & TrainStep)
  | { readonly type: "step-skipped"; readonly batches: number; readonly lossScale: number }
  | { readonly type: "epoch-end"; readonly epoch: number; readonly loss: number }
  | ({ readonly type: "train-end" } & TrainResult);

export interface TrainStep {
  /** Updates made, this one included. */
  readonly step: number;
  /** Epochs done, as a fraction. */
  readonly epoch: number;
  /** Micro-batches of this epoch that are done. */
  readonly batches: number;
  /** The mean of the step's examples. */
  readonly loss: number;
  /** The mean of the epoch's examples so far. */
  readonly epochLoss: number;
  readonly learningRate: number;
  readonly gradNorm: number;
  /** Only where the loss is scaled. */
  readonly lossScale?: number;
  /** Examples of this step. */
  readonly examples: number;
  readonly examplesPerSecond: number;
  readonly seconds: number;
}

export interface TrainResult {
  /** Updates made. */
  readonly steps: number;
  /** The mean loss of the last epoch's examples. */
  readonly loss: number;
  readonly examples: number;
  readonly seconds: number;
}

/** How many updates a run makes: every epoch's last one counts, however few micro-batches are left for it. */
export function countSteps(
  batchesPerEpoch: number,
  { epochs, accumulation = 1, maxSteps }: Pick<TrainOptions, "epochs" | "accumulation" | "maxSteps">,
): number {
  const rounding = 1e-12; // so that 0.07 of 100 steps are 7: their product in doubles is a little more
  const steps = Math.ceil(Math.ceil(batchesPerEpoch / accumulation) * epochs * (1 - rounding));
  return Math.min(steps, maxSteps ?? steps);
}

/**
 * Trains a classifier whose parameters stand in the executor, and leaves the trained ones there.
 *
 * @throws BertieError "options/…" for options that make no sense, "train/not-finite" when the loss or the gradient is no
 *   number any more; where the loss is scaled, such a gradient skips the step instead
 */
export async function* train(
  executor: Executor,
  classifier: Classifier,
  data: TrainingData,
  options: TrainOptions,
): AsyncGenerator<TrainEvent, TrainResult> {
  checkOptions(options);
  const { accumulation = 1, schedule = "warmup_linear", warmup = 0, learningRate: peak } = options;
  const { batchesPerEpoch } = data;
  const total = countSteps(batchesPerEpoch, options);
  const stepsPerEpoch = Math.ceil(batchesPerEpoch / accumulation);
  const totalSteps = options.scheduleSteps ?? total;
  const scaledLoss = options.lossScale !== undefined;
  const rateAt = (step: number) => learningRateAt(step, { peak, schedule, warmup, totalSteps });
  rateAt(0); // refuses a wrong warmup before any work is done
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const stepper = await createStepper(executor, classifier, {
    ...options,
    scaledLoss,
    ...(data.shapes && { shapes: data.shapes }),
  });

  yield { type: "train-start", steps: total, epochs: options.epochs, batchesPerEpoch };
  let lossScale = options.lossScale ?? 1;
  let attempts = 0; // of updates: those made, and those skipped
  let steps = 0;
  let examples = 0;
  let seen = 0; // micro-batches
  let average = createMean();
  try {
    for (let epoch = 0; attempts < total; epoch++) {
      const attemptsHere = Math.min(stepsPerEpoch, total - attempts);
      const batchesHere = Math.min(batchesPerEpoch, attemptsHere * accumulation);
      yield { type: "epoch-start", epoch, batches: batchesHere };
      average = createMean();
      let done = 0;
      for (const batches of groups(data.epoch(epoch), accumulation, attemptsHere)) {
        const before = performance.now();
        const learningRate = rateAt(steps);
        const { losses, gradNorm, finite } = await stepper.step({ batches, learningRate, lossScale, seen });
        const seconds = (performance.now() - before) / 1000;
        const size = batches.reduce((sum, batch) => sum + batch.size, 0);
        const loss = losses.reduce((sum, loss, i) => sum + loss * batches[i]!.size, 0) / size;
        attempts++;
        seen += batches.length;
        done += batches.length;
        examples += size;
        requireFinite("loss", loss, steps + 1, epoch);
        if (!finite) {
          lossScale = nextLossScale(lossScale, finite);
          yield { type: "step-skipped", batches: done, lossScale };
          continue;
        }
        requireFinite("gradient's norm", gradNorm, steps + 1, epoch);
        steps++;
        average.add(loss, size);
        yield {
          type: "step",
          step: steps,
          epoch: epoch + done / batchesPerEpoch,
          batches: done,
          loss,
          epochLoss: average.value(),
          learningRate,
          gradNorm,
          ...(scaledLoss && { lossScale }),
          examples: size,
          examplesPerSecond: size / seconds,
          seconds: elapsed(),
        };
      }
      if (done < batchesHere) throw new Error(`epoch ${epoch} has ${done} batches instead of ${batchesHere}`);
      yield { type: "epoch-end", epoch, loss: average.value() };
    }
  } finally {
    await stepper.dispose();
  }
  const result = { steps, loss: average.value(), examples, seconds: elapsed() };
  yield { type: "train-end", ...result };
  return result;
}

function checkOptions(options: TrainOptions): void {
  const { epochs, accumulation = 1, learningRate, lossScale = 1, maxSteps = 1, scheduleSteps = -1 } = options;
  const must = (holds: boolean, option: string, value: number, what: string) => {
    if (!holds) throw new BertieError("options/range", `${option} is ${value}, but must be ${what}`);
  };
  must(
    Number.isInteger(accumulation) && accumulation >= 1,
    "the number of accumulation steps",
    accumulation,
    "1 or more",
  );
  must(Number.isInteger(maxSteps) && maxSteps >= 1, "the largest number of steps", maxSteps, "1 or more");
  must(scheduleSteps >= 1 || scheduleSteps === -1, "the length of the schedule", scheduleSteps, "1 or more, or -1");
  must(epochs > 0 && Number.isFinite(epochs), "the number of epochs", epochs, "above 0");
  must(learningRate >= 0 && Number.isFinite(learningRate), "the learning rate", learningRate, "0 or more");
  must(lossScale > 0 && Number.isFinite(lossScale), "the loss scale", lossScale, "above 0");
}

function requireFinite(what: string, value: number, step: number, epoch: number): void {
  if (Number.isFinite(value)) return;
  const text = `the ${what} is ${value} at step ${step}, in epoch ${epoch + 1}: lower the learning rate, or look for broken input`;
  throw new BertieError("train/not-finite", text);
}

/** Up to `count` groups of `size` items; the last group may be smaller. */
function* groups<T>(items: Iterable<T>, size: number, count: number): Generator<T[]> {
  let group: T[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
    if (--count === 0) return;
  }
  if (group.length > 0) yield group;
}

/** A running mean of losses, weighted by examples; NaN while there are none. */
function createMean() {
  let total = 0;
  let weight = 0;
  return {
    add(value: number, examples: number) {
      total += value * examples;
      weight += examples;
    },
    value: () => total / weight,
  };
}
