import type { Batch } from "@bertie/common";
import { batchWeight, type LossSpec } from "./loss.ts";
import type { TrainProgress } from "./progress.ts";
import { learningRateAt } from "./schedules.ts";
import { countSteps, type TrainingData, type TrainOptions } from "./train-options.ts";

/** One update of a run, as {@link plannedUpdates} predicts it. */
export interface PlannedUpdate<B extends Batch = Batch> {
  /** Micro-batches of the update. */
  readonly batches: readonly B[];
  /** Number of micro-batches in earlier updates. Together with the seed, it determines the dropout masks. */
  readonly seen: number;
  readonly learningRate: number;
  /** Sum of the weights of the micro-batches, by which the sum of the examples' losses is divided. */
  readonly weight: number;
  /** Whether the update is the first one of an epoch. */
  readonly startsEpoch: boolean;
  /** Whether the update is the last one of an epoch, after which a checkpoint is written. */
  readonly endsEpoch: boolean;
  /** Number of epochs so far, including the completed fraction of the current epoch. */
  readonly epoch: number;
  /** Progress after the update. The losses and the seconds are those of the beginning. */
  readonly progress: TrainProgress;
}

type PlannedOptions = Pick<
  TrainOptions,
  "epochs" | "maxSteps" | "accumulation" | "learningRate" | "schedule" | "warmup" | "scheduleSteps"
>;

/**
 * Returns the settings of the learning rate of a run, and the number of its updates.
 *
 * @param batchesPerEpoch number of micro-batches per epoch
 */
export function scheduleOfRun(batchesPerEpoch: number, options: PlannedOptions) {
  const { schedule = "warmup_linear", warmup = 0, learningRate: peak, scheduleSteps } = options;
  const total = countSteps(batchesPerEpoch, options);
  return { total, rate: { peak, schedule, warmup, totalSteps: scheduleSteps ?? total } };
}

/** Part of the current epoch that a run trains on. */
export interface EpochExtent {
  /** Number of micro-batches of the epoch, including completed ones. */
  readonly batches: number;
  /** Number of updates that remain. */
  readonly updates: number;
}

/**
 * Returns the part of the current epoch that a run trains on: the last epoch may end early.
 *
 * @param total number of updates of the run
 */
export function epochExtent(
  { attempts, batches }: TrainProgress,
  batchesPerEpoch: number,
  accumulation: number,
  total: number,
): EpochExtent {
  const before = Math.ceil(batches / accumulation);
  const here = Math.min(Math.ceil(batchesPerEpoch / accumulation), total - (attempts - before));
  return { batches: Math.min(batchesPerEpoch, here * accumulation), updates: here - before };
}

/** Yields up to `count` groups of `size` items. The last group may be smaller. */
export function* groups<T>(items: Iterable<T>, size: number, count: number): Generator<T[]> {
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

/**
 * Yields the remaining updates of a run without loss scaling, in order, so that another program can carry them out.
 *
 * @param data training batches; the order of their epochs advances as updates are consumed
 * @param progress progress to start from
 * @param loss loss of the classifier
 *
 * @example
 * ```ts
 * import { plannedUpdates, startProgress } from "@bertie/optim";
 *
 * const ids = Int32Array.of(101, 102);
 * const batch = { size: 1, length: 2, inputIds: ids, inputMask: ids, segmentIds: ids, labelIds: Int32Array.of(0) };
 * const data = { batchesPerEpoch: 3, epoch: () => [batch, batch, batch] };
 * for (const update of plannedUpdates(data, { epochs: 1, accumulation: 2, learningRate: 1 }, startProgress()))
 *   console.log(update.progress.steps, update.learningRate, update.batches.length); // 1 1 2, then 2 0.5 1
 * ```
 */
export function* plannedUpdates<B extends Batch>(
  data: Pick<TrainingData, "batchesPerEpoch"> & { epoch(index: number, firstBatch: number): Iterable<B> },
  options: PlannedOptions,
  progress: TrainProgress,
  loss?: LossSpec,
): Generator<PlannedUpdate<B>> {
  const { batchesPerEpoch } = data;
  const { accumulation = 1 } = options;
  const { total, rate } = scheduleOfRun(batchesPerEpoch, options);
  let now = progress;
  while (now.attempts < total || now.batches > 0) {
    const { epoch } = now;
    const extent = epochExtent(now, batchesPerEpoch, accumulation, total);
    for (const batches of groups(data.epoch(epoch, now.batches), accumulation, extent.updates)) {
      const { seen } = now;
      const startsEpoch = now.batches === 0;
      const learningRate = learningRateAt(now.steps, rate);
      const completed = now.batches + batches.length;
      const endsEpoch = completed === extent.batches;
      now = {
        ...now,
        epoch: endsEpoch ? epoch + 1 : epoch,
        batches: endsEpoch ? 0 : completed,
        seen: seen + batches.length,
        steps: now.steps + 1,
        attempts: now.attempts + 1,
        skippedInARow: 0,
        examples: now.examples + batches.reduce((sum, { size }) => sum + size, 0),
      };
      const weight = batches.reduce((sum, batch) => sum + batchWeight(batch, loss), 0);
      const shown = epoch + completed / batchesPerEpoch;
      yield { batches, seen, learningRate, weight, startsEpoch, endsEpoch, epoch: shown, progress: now };
    }
    // A run that was stopped after the last update of an epoch has not started the next epoch yet.
    if (extent.updates === 0) now = { ...now, epoch: epoch + 1, batches: 0 };
  }
}
