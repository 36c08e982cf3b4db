import { type TrainingBatches, trainingBatches } from "@bertie/data";
import type { TrainOptions } from "@bertie/optim";
import type { DataSet } from "../data/data-set.ts";
import type { TrainingOptions } from "./options.ts";
import type { PreparedRun } from "./prepared-run.ts";

/** Returns the training batches of a run, from the beginning or from its checkpoint. */
export function batchesOfRun({ options, checkpoint }: PreparedRun, { features }: DataSet): TrainingBatches {
  const batchSize = Math.floor(options.batchSize / options.accumulation);
  return trainingBatches(features, { ...options, batchSize }, checkpoint?.state.order);
}

/** Returns the options that determine the updates of a run and their learning rates. */
export function scheduleOptions(
  options: TrainingOptions,
): Pick<TrainOptions, "epochs" | "accumulation" | "learningRate" | "warmup" | "schedule" | "maxSteps"> {
  const { epochs, accumulation, learningRate, warmup, schedule, maxSteps } = options;
  return { epochs, accumulation, learningRate, warmup, schedule, ...(maxSteps !== undefined && { maxSteps }) };
}
