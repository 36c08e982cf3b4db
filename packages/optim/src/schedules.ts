import { BertieError, type ScheduleName } from "@bertie/common";

/**
 * Learning rate schedule: a function that returns the factor applied to the peak learning rate.
 *
 * @param progress fraction of the schedule's updates that are complete, from 0
 * @param warmup fraction of the schedule's updates over which the learning rate rises from 0
 */
export type Schedule = (progress: number, warmup: number) => number;

const withWarmup =
  (after: Schedule): Schedule =>
  (progress, warmup) =>
    progress < warmup ? progress / warmup : after(progress, warmup);

/** The learning rate schedules of pytorch-pretrained-bert 0.6.2. All except "none" start with a linear warmup. */
export const schedules: Readonly<Record<"warmup_linear" | "warmup_constant" | "warmup_cosine" | "none", Schedule>> = {
  /** Linear decay to 0 at the end of the schedule; 0 afterwards. */
  warmup_linear: withWarmup((progress, warmup) => (warmup < 1 ? Math.max((progress - 1) / (warmup - 1), 0) : 1)),
  /** Constant 1. */
  warmup_constant: withWarmup(() => 1),
  /** Cosine decay to 0 at the end of the schedule; 0 afterwards, where the reference implementation rises again. */
  warmup_cosine: withWarmup((progress, warmup) => {
    const rest = warmup < 1 ? Math.min((progress - warmup) / (1 - warmup), 1) : 0;
    return 0.5 * (1 + Math.cos(Math.PI * rest));
  }),
  /** Constant 1, without warmup. */
  none: () => 1,
};

/** The same schedules under their own names, and under those of Hugging Face's transformers. */
const BY_NAME: Readonly<Record<ScheduleName, Schedule>> = {
  ...schedules,
  linear: schedules.warmup_linear,
  constant: schedules.none,
  constant_with_warmup: schedules.warmup_constant,
  cosine: schedules.warmup_cosine,
};

/**
 * Returns the schedule with the given name.
 *
 * @example
 * ```ts
 * import { scheduleOf } from "@bertie/optim";
 *
 * console.log(scheduleOf("linear") === scheduleOf("warmup_linear")); // true
 * ```
 */
export function scheduleOf(name: ScheduleName): Schedule {
  return BY_NAME[name];
}

/** Settings of the learning rate. */
export interface LearningRate {
  /** Peak learning rate. */
  readonly peak: number;
  readonly schedule: ScheduleName;
  /** Fraction of updates over which the learning rate rises from 0 to its peak, in [0, 1]. */
  readonly warmup: number;
  /** Number of updates in the schedule; −1 for a constant learning rate. */
  readonly totalSteps: number;
}

/**
 * Returns the learning rate of an update. Updates are counted from 0, so the first update of a warmup has a learning
 * rate of 0.
 *
 * @throws BertieError "options/warmup" if the warmup is not in [0, 1]
 *
 * @example
 * ```ts
 * import { learningRateAt } from "@bertie/optim";
 *
 * const settings = { peak: 1, schedule: "warmup_linear", warmup: 0.5, totalSteps: 4 } as const;
 * console.log([0, 1, 2, 3].map((step) => learningRateAt(step, settings))); // [0, 0.5, 1, 0.5]
 * ```
 */
export function learningRateAt(step: number, { peak, schedule, warmup, totalSteps }: LearningRate): number {
  if (!(warmup >= 0 && warmup <= 1))
    throw new BertieError("options/warmup", `the warmup proportion is ${warmup}, but must be between 0 and 1.`);
  return totalSteps < 0 ? peak : peak * scheduleOf(schedule)(step / totalSteps, warmup);
}
