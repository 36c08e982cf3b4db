/**
 * The progress of a training run, as plain data that {@link train} keeps up to date.
 *
 * A copy taken between two events, together with the parameters and moments at that time, is sufficient to resume the
 * run.
 */
export interface TrainProgress {
  /** Number of completed epochs. */
  epoch: number;
  /** Number of completed micro-batches in the current epoch. */
  batches: number;
  /** Number of completed micro-batches in all epochs. Together with the seed, it determines the dropout masks. */
  seen: number;
  /** Number of updates. */
  steps: number;
  /** Number of updates and skipped updates. An update is skipped if a gradient is not finite. */
  attempts: number;
  /** Number of updates skipped since the last successful one. */
  skippedInARow: number;
  /** Factor applied to the loss. */
  lossScale: number;
  /** Number of examples seen in all epochs. */
  examples: number;
  /** Weighted sum of the losses of the current epoch's examples; right after an epoch, of the completed epoch's examples. */
  epochLoss: number;
  /** Sum of the weights in `epochLoss`: without class weights, the number of examples. */
  epochExamples: number;
  /** Seconds spent on training. */
  seconds: number;
}

/** The outcome of a training run. */
export interface TrainResult {
  /** Number of updates. */
  readonly steps: number;
  /** Mean loss of the last epoch's examples. */
  readonly loss: number;
  /** Number of examples seen in all epochs. */
  readonly examples: number;
  /** Seconds spent on training. */
  readonly seconds: number;
}

/**
 * Returns the progress of a run that has not started.
 *
 * @param lossScale initial factor applied to the loss
 *
 * @example
 * ```ts
 * import { startProgress } from "@bertie/optim";
 *
 * console.log(startProgress().steps); // 0
 * ```
 */
export function startProgress(lossScale = 1): TrainProgress {
  return {
    epoch: 0,
    batches: 0,
    seen: 0,
    steps: 0,
    attempts: 0,
    skippedInARow: 0,
    lossScale,
    examples: 0,
    epochLoss: 0,
    epochExamples: 0,
    seconds: 0,
  };
}

/** Returns the mean loss of the epoch's examples so far; NaN if there are none. */
export function meanLoss({ epochLoss, epochExamples }: TrainProgress): number {
  return epochLoss / epochExamples;
}

/**
 * Returns the result of training up to the given progress.
 *
 * @example
 * ```ts
 * import { startProgress, trainResult } from "@bertie/optim";
 *
 * const progress = { ...startProgress(), steps: 4, epochLoss: 12, epochExamples: 16 };
 * console.log(trainResult(progress).loss); // 0.75
 * ```
 */
export function trainResult(progress: TrainProgress): TrainResult {
  const { steps, examples, seconds } = progress;
  return { steps, loss: meanLoss(progress), examples, seconds };
}
