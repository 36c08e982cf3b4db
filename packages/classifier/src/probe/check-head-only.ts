import { BertieError } from "@bertie/common";
import type { OptionRecord } from "../checkpoint/resume-compatibility.ts";
import { recordNameOf, type TrainingOptions } from "../run/options.ts";

/** Options of gradient descent, which have no effect on a head that is fitted. */
const TRAINING_ONLY: readonly (keyof TrainingOptions)[] = [
  "epochs",
  "batchSize",
  "learningRate",
  "warmup",
  "schedule",
  "layerDecay",
  "labelSmoothing",
  "maxSteps",
  "accumulation",
  "lossScale",
  "freezeLayers",
  "shuffle",
  "optimizeOnCpu",
  "checkpointSteps",
  "keepCheckpoints",
  "metric",
  "earlyStopping",
  "baseline",
];

/**
 * Checks that no option of gradient descent is combined with `headOnly`.
 *
 * @param given names of the options that the user has set, as in a run's record
 * @throws BertieError "options/head-only"
 */
export function checkHeadOnly({ headOnly }: TrainingOptions, given: readonly string[]): void {
  const name = headOnly ? TRAINING_ONLY.find((each) => given.includes(recordNameOf(each))) : undefined;
  if (name === undefined) return;
  const flag = `--${recordNameOf(name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const text = `headOnly (--head-only) fits the classifier to fixed features, so ${name} (${flag}) has no effect. Remove one of the two options.`;
  throw new BertieError("options/head-only", text);
}

/** Number of examples per batch of an evaluation of a head, which runs a program for all batch shapes. */
const EVALUATION_BATCH = 16;

/** Returns the options and the record of a run, with a larger batch of evaluations for `headOnly` unless it is given. */
export function withHeadOnlyDefaults<T extends HeadOnlyInput>(input: T): T {
  if (!input.options.headOnly || input.given.includes("evalBatchSize")) return input;
  return {
    ...input,
    options: { ...input.options, evaluationBatchSize: EVALUATION_BATCH },
    record: { ...input.record, evalBatchSize: EVALUATION_BATCH },
  };
}

interface HeadOnlyInput {
  readonly options: TrainingOptions;
  readonly record: OptionRecord;
  readonly given: readonly string[];
}
