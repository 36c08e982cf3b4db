/**
 * How far a training run has come. Plain data, which {@link train} keeps up to date: a copy of it, taken between two
 * events, and with it the parameters and moments of that moment, is all it takes to go on from there.
 */
export interface TrainProgress {
  /** Epochs that are done. */
  epoch: number;
  /** Micro-batches of the current epoch that are done. */
  batches: number;
  /** Micro-batches of all epochs that are done: with the seed they determine the dropout masks. */
  seen: number;
  /** Updates made. */
  steps: number;
  /** Updates made, and those that were skipped because a gradient was not finite. */
  attempts: number;
  /** Updates that were skipped since the last one was made. */
  skippedInARow: number;
  /** Multiplies the loss. */
  lossScale: number;
  examples: number;
  /** The sum of the losses of this epoch's examples, or the last one's where an epoch has just ended. */
  epochLoss: number;
  /** How many they are. */
  epochExamples: number;
  /** Spent on training. */
  seconds: number;
}

export interface TrainResult {
  /** Updates made. */
  readonly steps: number;
  /** The mean loss of the last epoch's examples. */
  readonly loss: number;
  readonly examples: number;
  readonly seconds: number;
}

/** That of a run which has not begun. */
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

/** The mean loss of the epoch's examples so far; NaN while there are none. */
export function meanLoss({ epochLoss, epochExamples }: TrainProgress): number {
  return epochLoss / epochExamples;
}

/** What has come of training so far. */
export function trainResult(progress: TrainProgress): TrainResult {
  const { steps, examples, seconds } = progress;
  return { steps, loss: meanLoss(progress), examples, seconds };
}
