import type { Batch, BatchShape, ScheduleName } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import type { StepOptions } from "./programs.ts";
import type { TrainProgress } from "./progress.ts";

/** Training batches, which can be produced lazily. */
export interface TrainingData {
  /** Number of micro-batches per epoch. */
  readonly batchesPerEpoch: number;
  /** Batch shapes, if known in advance. Their programs are compiled before the first step. */
  readonly shapes?: readonly BatchShape[];
  /**
   * Returns the micro-batches of an epoch in order.
   *
   * @param index epoch, counted from 0
   * @param firstBatch index of the first micro-batch to return
   */
  epoch(index: number, firstBatch: number): Iterable<Batch>;
}

/** Options of `train()`. */
export interface TrainOptions extends Omit<StepOptions, "scaledLoss"> {
  /** Number of epochs. Can be a fraction: 0.5 is the first half of an epoch. */
  readonly epochs: number;
  /**
   * Maximum number of updates. If the epochs have more updates, the schedule also ends after this number.
   */
  readonly maxSteps?: number;
  /** Number of micro-batches per update. The last update of an epoch may have fewer. @default 1 */
  readonly accumulation?: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Learning rate schedule. @default "warmup_linear" */
  readonly schedule?: ScheduleName;
  /** Fraction of updates over which the learning rate rises from 0 to its peak. @default 0 */
  readonly warmup?: number;
  /** Number of updates in the schedule; −1 for a constant learning rate. @default all updates of the run */
  readonly scheduleSteps?: number;
  /** Random seed of dropout. */
  readonly seed: number;
  /**
   * Initial loss scale, by which the loss is multiplied and the gradients are divided. Halved after each overflow, to a
   * minimum of 1. @default no loss scaling
   */
  readonly lossScale?: number;
  /** Progress to resume from, which is updated in place. @default a new run */
  readonly progress?: TrainProgress;
  /** Moments to resume from, by the names that {@link momentsOf} returns. @default zeros */
  readonly moments?: ReadonlyMap<string, Float32Array>;
  /**
   * Executor that holds the master parameters and the moments and runs the updates. @default the gradients' executor
   */
  readonly optimizerExecutor?: Executor;
}

/**
 * Returns the number of updates in a run. The last update of each epoch counts even if it has fewer micro-batches.
 *
 * @example
 * ```ts
 * import { countSteps } from "@bertie/optim";
 *
 * console.log(countSteps(10, { epochs: 3, accumulation: 4 })); // 9
 * ```
 */
export function countSteps(
  batchesPerEpoch: number,
  { epochs, accumulation = 1, maxSteps }: Pick<TrainOptions, "epochs" | "accumulation" | "maxSteps">,
): number {
  const rounding = 1e-12; // 0.07 · 100 is slightly more than 7 in floating point, but must count as 7 steps.
  const steps = Math.ceil(Math.ceil(batchesPerEpoch / accumulation) * epochs * (1 - rounding));
  return Math.min(steps, maxSteps ?? steps);
}
