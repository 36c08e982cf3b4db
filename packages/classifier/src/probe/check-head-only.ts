import { BertieError } from "@bertie/common";
import type { OptionRecord } from "../checkpoint/resume-compatibility.ts";
import type { TrainingOptions } from "../run/options.ts";

/** Options of gradient descent, which have no effect on a head that is fitted: names in the API and in a run's record. */
const TRAINING_ONLY: readonly (readonly [name: string, recorded: string])[] = [
  ["epochs", "numTrainEpochs"],
  ["batchSize", "trainBatchSize"],
  ["learningRate", "learningRate"],
  ["warmup", "warmupProportion"],
  ["schedule", "schedule"],
  ["layerDecay", "layerDecay"],
  ["labelSmoothing", "labelSmoothing"],
  ["maxSteps", "maxSteps"],
  ["accumulation", "gradientAccumulationSteps"],
  ["lossScale", "lossScale"],
  ["freezeLayers", "freezeLayers"],
  ["shuffle", "noShuffle"],
  ["optimizeOnCpu", "optimizeOnCpu"],
  ["checkpointSteps", "saveCheckpointsSteps"],
  ["keepCheckpoints", "keepCheckpoints"],
  ["metric", "metric"],
  ["earlyStopping", "earlyStopping"],
  ["baseline", "baseline"],
];

/**
 * Checks that no option of gradient descent is combined with `headOnly`.
 *
 * @param given names of the options that the user has set, as in a run's record
 * @throws BertieError "options/head-only"
 */
export function checkHeadOnly({ headOnly }: TrainingOptions, given: readonly string[]): void {
  const conflict = headOnly ? TRAINING_ONLY.find(([, recorded]) => given.includes(recorded)) : undefined;
  if (conflict === undefined) return;
  const [name, recorded] = conflict;
  const flag = `--${recorded.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
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
