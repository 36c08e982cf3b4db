import { type Batch, type BatchShape, BertieError } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import type { Classifier } from "./classifier.ts";
import { isAtFloor, MOST_SKIPPED, nextLossScale } from "./loss-scale.ts";
import type { StepOptions } from "./programs.ts";
import { meanLoss, startProgress, type TrainProgress, type TrainResult, trainResult } from "./progress.ts";
import { learningRateAt, type ScheduleName } from "./schedules.ts";
import { createStepper } from "./stepper.ts";

/** The batches of training, known before they are made. */
export interface TrainingData {
  readonly batchesPerEpoch: number;
  /** The shapes that batches may have, if known: their programs are then compiled before the first step. */
  readonly shapes?: readonly BatchShape[];
  /** The batches of an epoch, counted from 0, in order, from the given one on. */
  epoch(index: number, firstBatch: number): Iterable<Batch>;
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
  /** Multiplies the loss before the gradients are computed, and divides them after. Halved when that overflows, down to 1. */
  readonly lossScale?: number;
  /** Where to go on, kept up to date. Default: the beginning. */
  readonly progress?: TrainProgress;
  /** The moments to go on with, by the names of {@link momentsOf}. Default: zeros. */
  readonly moments?: ReadonlyMap<string, Float32Array>;
  /** Keeps masters and moments, and updates, there. Default: where the gradients are computed. */
  readonly optimizerExecutor?: Executor;
}

/** What happens in a training run, in order. Seconds count from the start of training. */
export type TrainEvent =
  | { readonly type: "train-start"; readonly steps: number; readonly epochs: number; readonly batchesPerEpoch: number }
  | { readonly type: "epoch-start"; readonly epoch: number; readonly batches: number }
  | ({ readonly type: "warm-up" } & WarmUp)
  | ({ readonly type: "step" } & TrainStep)
  | { readonly type: "step-skipped"; readonly batches: number; readonly lossScale: number }
  | { readonly type: "epoch-end"; readonly epoch: number; readonly loss: number }
  | ({ readonly type: "train-end" } & TrainResult);

/** Before the first step with batches of a shape on a GPU, which then compiles its shaders or loads its kernels: that takes a while. */
export interface WarmUp extends BatchShape {
  /** Which shape it is of those that are known, from 1. */
  readonly shape: number;
  readonly shapes: number;
}

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
 *   number any more; where the loss is scaled, such a gradient skips the step instead, unless it does so time and again
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
  const progress = options.progress ?? startProgress(options.lossScale);
  const start = performance.now() - progress.seconds * 1000;
  const stepper = await createStepper(executor, classifier, {
    ...options,
    scaledLoss,
    ...(data.shapes && { shapes: data.shapes }),
  });

  const isNew = newShapes(data.shapes);
  yield { type: "train-start", steps: total, epochs: options.epochs, batchesPerEpoch };
  try {
    while (progress.attempts < total || progress.batches > 0) {
      const { epoch } = progress;
      const attemptsBefore = Math.ceil(progress.batches / accumulation);
      const attemptsHere = Math.min(stepsPerEpoch, total - (progress.attempts - attemptsBefore));
      const batchesHere = Math.min(batchesPerEpoch, attemptsHere * accumulation);
      if (progress.batches === 0) Object.assign(progress, { epochLoss: 0, epochExamples: 0 });
      yield { type: "epoch-start", epoch, batches: batchesHere };
      const batches = data.epoch(epoch, progress.batches);
      for (const group of groups(batches, accumulation, attemptsHere - attemptsBefore)) {
        if (executor.device !== "cpu") for (const event of group.flatMap(isNew)) yield event;
        const before = performance.now();
        const learningRate = rateAt(progress.steps);
        const { lossScale, seen } = progress;
        const { losses, gradNorm, finite } = await stepper.step({ batches: group, learningRate, lossScale, seen });
        const now = performance.now();
        const size = group.reduce((sum, batch) => sum + batch.size, 0);
        const loss = losses.reduce((sum, loss, i) => sum + loss * group[i]!.size, 0) / size;
        progress.attempts++;
        progress.seen += group.length;
        progress.batches += group.length;
        progress.examples += size;
        progress.seconds = (now - start) / 1000;
        requireFinite("loss", loss, progress, group);
        if (!finite) {
          skipStep(progress, group);
          yield { type: "step-skipped", batches: progress.batches, lossScale: progress.lossScale };
          continue;
        }
        requireFinite("gradient's norm", gradNorm, progress, group);
        progress.steps++;
        progress.skippedInARow = 0;
        progress.epochLoss += loss * size;
        progress.epochExamples += size;
        yield {
          type: "step",
          step: progress.steps,
          epoch: epoch + progress.batches / batchesPerEpoch,
          batches: progress.batches,
          loss,
          epochLoss: meanLoss(progress),
          learningRate,
          gradNorm,
          ...(scaledLoss && { lossScale }),
          examples: size,
          examplesPerSecond: size / ((now - before) / 1000),
          seconds: progress.seconds,
        };
      }
      if (progress.batches < batchesHere)
        throw new Error(`epoch ${epoch} has ${progress.batches} batches instead of ${batchesHere}`);
      progress.epoch++;
      progress.batches = 0;
      yield { type: "epoch-end", epoch, loss: meanLoss(progress) };
    }
  } finally {
    await stepper.dispose();
  }
  const result = trainResult(progress);
  yield { type: "train-end", ...result };
  return result;
}

/** Tells of batches whose shape has not come before. */
function newShapes(known: readonly BatchShape[] = []): (batch: BatchShape) => TrainEvent[] {
  const seen = new Set<string>();
  return ({ size, length }) => {
    const key = `${size} ${length}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ type: "warm-up", size, length, shape: seen.size, shapes: Math.max(seen.size, known.length) }];
  };
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

function requireFinite(what: string, value: number, progress: TrainProgress, batches: readonly Batch[]): void {
  if (Number.isFinite(value)) return;
  const text = `the ${what} is ${value} ${whereIn(progress, batches)}: lower the learning rate, or look for broken input`;
  throw new BertieError("train/not-finite", text);
}

/** Notes that a gradient was not finite. */
function skipStep(progress: TrainProgress, batches: readonly Batch[]): void {
  const { lossScale } = progress;
  progress.lossScale = nextLossScale(lossScale, false);
  progress.skippedInARow++;
  if (!isAtFloor(lossScale) || progress.skippedInARow < MOST_SKIPPED) return;
  const text = `the gradient is not finite ${whereIn(progress, batches)}, nor was it in the ${MOST_SKIPPED - 1} tries before, though the loss scale is down to ${lossScale}: lower the learning rate, or train in fp32 or bf16`;
  throw new BertieError("train/not-finite", text);
}

function whereIn({ steps, epoch }: TrainProgress, batches: readonly Batch[]): string {
  const rows = batches.flatMap((batch) => batch.rows ?? []).map((row) => row + 1);
  return `at step ${steps + 1}, in epoch ${epoch + 1}${rows.length > 0 ? `, on rows ${rows.join(", ")}` : ""}`;
}

/** Up to `count` groups of `size` items; the last group may be smaller. */
function* groups<T>(items: Iterable<T>, size: number, count: number): Generator<T[]> {
  if (count === 0) return;
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
