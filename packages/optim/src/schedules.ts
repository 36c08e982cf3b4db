import { BertieError } from "@bertie/common";

/**
 * The factor on the learning rate, from the training's progress.
 *
 * @param progress updates made, as a part of all updates, from 0
 * @param warmup the part of all updates over which the rate rises from 0
 */
export type Schedule = (progress: number, warmup: number) => number;

const rising =
  (after: Schedule): Schedule =>
  (progress, warmup) =>
    progress < warmup ? progress / warmup : after(progress, warmup);

/** The schedules of pytorch-pretrained-bert 0.6.2. All but "none" rise linearly first. */
export const schedules = {
  /** Falls linearly to 0 at the end, and stays there. */
  warmup_linear: rising((progress, warmup) => (warmup < 1 ? Math.max((progress - 1) / (warmup - 1), 0) : 1)),
  /** Stays at 1. */
  warmup_constant: rising(() => 1),
  /** Falls to 0 along half a cosine, and stays there, where the reference's rises again. */
  warmup_cosine: rising((progress, warmup) => {
    const rest = warmup < 1 ? Math.min((progress - warmup) / (1 - warmup), 1) : 0;
    return 0.5 * (1 + Math.cos(Math.PI * rest));
  }),
  /** 1 throughout. */
  none: () => 1,
} as const satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

export interface LearningRate {
  /** The highest rate. */
  readonly peak: number;
  readonly schedule: ScheduleName;
  /** In [0, 1]. */
  readonly warmup: number;
  /** The number of updates over which the schedule runs; −1 for a constant rate. */
  readonly totalSteps: number;
}

/** The rate of an update; updates count from 0, so with a warmup the first has rate 0. */
export function learningRateAt(step: number, { peak, schedule, warmup, totalSteps }: LearningRate): number {
  if (!(warmup >= 0 && warmup <= 1))
    throw new BertieError("options/warmup", `the warmup proportion is ${warmup}, but must be between 0 and 1`);
  return totalSteps < 0 ? peak : peak * schedules[schedule](step / totalSteps, warmup);
}
