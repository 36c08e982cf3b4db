import { type Batch, type BatchShape, BertieError } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import type { Classifier } from "./classifier.ts";
import { batchWeight } from "./loss.ts";
import { isAtFloor, MAX_CONSECUTIVE_SKIPS, nextLossScale } from "./loss-scale.ts";
import { epochExtent, groups, scheduleOfRun } from "./planned-updates.ts";
import { meanLoss, startProgress, type TrainProgress, type TrainResult, trainResult } from "./progress.ts";
import { learningRateAt } from "./schedules.ts";
import { createStepper } from "./stepper.ts";
import type { TrainingData, TrainOptions } from "./train-options.ts";

/** An event of a training run. Seconds are measured from the start of training. */
export type TrainEvent =
  | { readonly type: "train-start"; readonly steps: number; readonly epochs: number; readonly batchesPerEpoch: number }
  | { readonly type: "epoch-start"; readonly epoch: number; readonly batches: number }
  | ({ readonly type: "warm-up" } & WarmUp)
  | ({ readonly type: "step" } & TrainStep)
  | { readonly type: "step-skipped"; readonly batches: number; readonly lossScale: number }
  | { readonly type: "epoch-end"; readonly epoch: number; readonly loss: number }
  | ({ readonly type: "train-end" } & TrainResult);

/**
 * A batch shape that is used for the first time on a GPU. The next step takes longer, because the GPU compiles shaders or
 * loads kernels.
 */
export interface WarmUp extends BatchShape {
  /** Number of this shape in order of appearance, from 1. */
  readonly shape: number;
  /** Number of known shapes. */
  readonly shapes: number;
}

/** Figures of one update. */
export interface TrainStep {
  /** Number of updates so far, including this one. */
  readonly step: number;
  /** Number of epochs so far, including the completed fraction of the current epoch. */
  readonly epoch: number;
  /** Number of micro-batches so far in this epoch. */
  readonly batches: number;
  /** Mean loss of the step's examples, weighted by the class weights. */
  readonly loss: number;
  /** Mean loss of the epoch's examples so far. */
  readonly epochLoss: number;
  readonly learningRate: number;
  /** L2 norm of the gradient over all trained parameters, before clipping. */
  readonly gradNorm: number;
  /** Factor applied to the loss; absent without loss scaling. */
  readonly lossScale?: number;
  /** Number of examples in this step. */
  readonly examples: number;
  readonly examplesPerSecond: number;
  /** Seconds spent on training so far. */
  readonly seconds: number;
}

/**
 * Trains a classifier, whose parameters are updated in the executor's state. Yields events and returns the result.
 *
 * With loss scaling, a step whose gradient is not finite is skipped. Training fails when the loss scale is at its minimum
 * and at least 16 consecutive steps were skipped.
 *
 * @param executor executor that holds the parameters, written with {@link writeParameters}
 * @param classifier model to train
 * @throws BertieError "options/range" or "options/warmup" if an option is out of range, "train/not-finite" if the loss
 *   or the gradient is NaN or infinite
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, gather, reshape, slice } from "@bertie/engine";
 * import { type Classifier, train, writeParameters } from "@bertie/optim";
 *
 * // A classifier that looks up the logits of the first token in a table.
 * const classifier: Classifier = {
 *   parameters: [{ name: "table", shape: [2, 2], decay: false }],
 *   logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
 * };
 * const batch = {
 *   size: 2,
 *   length: 1,
 *   inputIds: Int32Array.of(0, 1),
 *   inputMask: Int32Array.of(1, 1),
 *   segmentIds: Int32Array.of(0, 0),
 *   labelIds: Int32Array.of(1, 0),
 * };
 * const executor = createReferenceExecutor();
 * await writeParameters(executor, classifier, new Map([["table", new Float32Array(4)]]));
 * const data = { batchesPerEpoch: 1, epoch: () => [batch] };
 * for await (const event of train(executor, classifier, data, { epochs: 3, learningRate: 0.5, seed: 42 }))
 *   if (event.type === "step") console.log(event.step, event.loss.toFixed(3));
 * // 1 0.693
 * // 2 0.041
 * // 3 0.005
 * await executor.dispose();
 * ```
 */
export async function* train(
  executor: Executor,
  classifier: Classifier,
  data: TrainingData,
  options: TrainOptions,
): AsyncGenerator<TrainEvent, TrainResult> {
  checkOptions(options);
  const { accumulation = 1 } = options;
  const { batchesPerEpoch } = data;
  const { total, rate } = scheduleOfRun(batchesPerEpoch, options);
  const scaledLoss = options.lossScale !== undefined;
  const rateAt = (step: number) => learningRateAt(step, rate);
  rateAt(0); // Throws for an invalid warmup before any work is done.
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
      const { batches: batchesHere, updates } = epochExtent(progress, batchesPerEpoch, accumulation, total);
      if (progress.batches === 0) Object.assign(progress, { epochLoss: 0, epochExamples: 0 });
      yield { type: "epoch-start", epoch, batches: batchesHere };
      const batches = data.epoch(epoch, progress.batches);
      for (const group of groups(batches, accumulation, updates)) {
        if (executor.device !== "cpu") for (const event of group.flatMap(isNew)) yield event;
        const before = performance.now();
        const learningRate = rateAt(progress.steps);
        const { lossScale, seen } = progress;
        const { losses, gradNorm, finite } = await stepper.step({ batches: group, learningRate, lossScale, seen });
        const now = performance.now();
        const size = group.reduce((sum, batch) => sum + batch.size, 0);
        const weights = group.map((batch) => batchWeight(batch, classifier.loss));
        const weight = weights.reduce((sum, weight) => sum + weight, 0);
        const loss = losses.reduce((sum, loss, i) => sum + loss * weights[i]!, 0) / weight;
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
        requireFinite("gradient norm", gradNorm, progress, group);
        progress.steps++;
        progress.skippedInARow = 0;
        progress.epochLoss += loss * weight;
        progress.epochExamples += weight;
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
        throw new Error(`expected ${batchesHere} batches in epoch ${epoch}, found ${progress.batches}`);
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

/** Returns a function that returns a warm-up event for a batch with a new shape, and no events for other batches. */
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
  const check = (isValid: boolean, option: string, value: number, range: string) => {
    if (!isValid) throw new BertieError("options/range", `${option} is ${value}, but must be ${range}.`);
  };
  check(
    Number.isInteger(accumulation) && accumulation >= 1,
    "the number of gradient accumulation steps",
    accumulation,
    "an integer of at least 1",
  );
  check(
    Number.isInteger(maxSteps) && maxSteps >= 1,
    "the maximum number of steps",
    maxSteps,
    "an integer of at least 1",
  );
  check(
    scheduleSteps >= 1 || scheduleSteps === -1,
    "the number of steps in the schedule",
    scheduleSteps,
    "at least 1, or -1 for a constant learning rate",
  );
  check(epochs > 0 && Number.isFinite(epochs), "the number of epochs", epochs, "a finite number above 0");
  check(
    learningRate >= 0 && Number.isFinite(learningRate),
    "the learning rate",
    learningRate,
    "a finite number of at least 0",
  );
  check(lossScale > 0 && Number.isFinite(lossScale), "the loss scale", lossScale, "a finite number above 0");
}

function requireFinite(quantity: string, value: number, progress: TrainProgress, batches: readonly Batch[]): void {
  if (Number.isFinite(value)) return;
  const position = positionIn(progress, batches);
  const text = `the ${quantity} is ${value} ${position}. Lower the learning rate, or check the input for errors.`;
  throw new BertieError("train/not-finite", text);
}

/**
 * Records that a step was skipped because a gradient was not finite.
 *
 * @throws BertieError "train/not-finite" if too many consecutive steps were skipped at the minimum loss scale
 */
function skipStep(progress: TrainProgress, batches: readonly Batch[]): void {
  const { lossScale } = progress;
  progress.lossScale = nextLossScale(lossScale, false);
  progress.skippedInARow++;
  if (!isAtFloor(lossScale) || progress.skippedInARow < MAX_CONSECUTIVE_SKIPS) return;
  const position = positionIn(progress, batches);
  const text = `the gradient is not finite ${position}, after ${progress.skippedInARow} consecutive attempts with loss scales down to ${lossScale}. Lower the learning rate, or train in fp32 or bf16.`;
  throw new BertieError("train/not-finite", text);
}

function positionIn({ steps, epoch }: TrainProgress, batches: readonly Batch[]): string {
  const rows = batches.flatMap((batch) => batch.rows ?? []).map((row) => row + 1);
  return `at step ${steps + 1}, in epoch ${epoch + 1}${rows.length > 0 ? `, on rows ${rows.join(", ")}` : ""}`;
}
