import { BertieError } from "@bertie/common";
import {
  countSteps,
  momentsOf,
  startProgress,
  type TrainOptions,
  type TrainResult,
  train,
  trainResult,
  writeParameters,
} from "@bertie/optim";
import { FILES, readCheckpointWeights } from "../checkpoint/checkpoint.ts";
import { checkpointFolder, keepOnly, listCheckpoints } from "../checkpoint/store.ts";
import type { DataSet } from "../data/data-set.ts";
import type { Workspace } from "../storage/storage.ts";
import { evaluateOn, exampleLogs, type PreparedSet, phaseStart } from "./classify-sets.ts";
import { type RunEvent, warning } from "./events.ts";
import { formatStep } from "./output-files.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { createSampler } from "./sample.ts";
import { bestOf, evaluationsSinceBest, type Score, scoreBy } from "./scores.ts";
import { batchesOfRun, scheduleOptions } from "./training-plan.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";

/** Result of training. */
export interface Trained extends TrainResult {
  /** Values of the run's metric during training. */
  readonly scores: readonly Score[];
  /** Score of the weights that were selected by the metric; undefined if the last weights are used. */
  readonly best: Score | undefined;
}

/**
 * Trains on a set, from the beginning or from a checkpoint. Afterwards the state of the executor contains the last
 * weights or, with a metric, the best weights.
 *
 * A checkpoint is written every `checkpointSteps` updates and at the end of every epoch. With a metric, the weights are
 * evaluated after the checkpoint has been written. A run that resumes from the checkpoint starts with this evaluation,
 * so that interruptions do not change the result.
 *
 * @param signal stops the run after a checkpoint
 */
export async function* trainOn(
  run: PreparedRun & { readonly workspace: Workspace },
  set: DataSet,
  devSet: PreparedSet | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, Trained> {
  const { options, executor, classifier, workspace, optimizerExecutor, checkpoint, requests } = run;
  const { metric, earlyStopping = Number.POSITIVE_INFINITY, checkpointSteps } = options;
  const lossScale = run.precision.name === "fp16" ? options.lossScale : undefined;
  const progress = checkpoint ? { ...checkpoint.state.progress } : startProgress(lossScale);
  const scores: Score[] = [...(checkpoint?.state.scores ?? [])];
  let saved = await listCheckpoints(workspace);
  saved = saved.filter((step) => checkpoint !== undefined && step <= progress.steps);
  const data = batchesOfRun(run, set);
  const trainOptions: TrainOptions = {
    ...scheduleOptions(options),
    seed: options.seed,
    precision: run.precision.type,
    progress,
    ...(lossScale !== undefined && { lossScale }),
    ...(optimizerExecutor && { optimizerExecutor }),
    ...(checkpoint && { moments: checkpoint.moments }),
  };
  const lastStep = countSteps(data.batchesPerEpoch, trainOptions);
  const sampler = await createSampler(run, devSet?.set, lastStep);

  /** Writes a checkpoint of the current step if there is none, and removes old checkpoints except the best. */
  async function* save(): AsyncGenerator<RunEvent> {
    const { steps } = progress;
    if (saved.at(-1) === steps) return;
    // Moments are not needed after the last step, and account for two thirds of the size of a checkpoint.
    const moments = steps < lastStep ? momentsOf(classifier) : undefined;
    await writeCheckpoint(run, { progress, lastStep, order: data.orderState(progress.epoch), scores }, moments);
    saved.push(steps);
    const best = metric && bestOf(scores, metric)?.step;
    saved = saved.filter((step, i) => step === best || i >= saved.length - options.keepCheckpoints);
    await keepOnly(workspace, saved);
    yield { type: "checkpoint", step: steps, path: workspace.locate(checkpointFolder(steps)) };
  }

  /** Evaluates the current weights if the run has a metric and the weights have not been evaluated yet. */
  async function* score(): AsyncGenerator<RunEvent> {
    const step = progress.steps;
    if (metric === undefined || devSet === undefined || scores.at(-1)?.step === step) return;
    const value = scoreBy((yield* evaluateOn(run, devSet, signal)).scores, metric);
    scores.push({ step, value });
    yield { type: "score", metric, step, value, best: bestOf(scores, metric)?.step === step };
  }

  const shouldStopEarly = () => metric !== undefined && evaluationsSinceBest(scores, metric) >= earlyStopping;

  yield* exampleLogs(set);
  yield phaseStart("training", set, options.batchSize, lastStep);
  if (checkpoint) await workspace.append(FILES.metrics, checkpoint.metrics);
  const isDue = progress.steps > 0 && (progress.batches === 0 || progress.steps % checkpointSteps === 0);
  if (isDue) yield* score();

  /** Runs the remaining steps, checkpoints and evaluations. */
  async function* continueTraining(): AsyncGenerator<RunEvent> {
    let batchesOfEpoch = 0;
    for await (const event of train(executor, classifier, data, trainOptions)) {
      if (event.type === "train-start") checkpoint?.moments.clear(); // The executor state contains the moments now.
      if (event.type === "epoch-start") batchesOfEpoch = event.batches;
      if (event.type === "step") await workspace.append(FILES.metrics, formatStep(event));
      if (event.type !== "train-end") yield event;
      if (event.type === "step") yield* sampler.after(event.step);
      const isWithinEpoch = event.type === "step" && event.batches < batchesOfEpoch;
      const due = event.type === "epoch-end" || (isWithinEpoch && event.step % checkpointSteps === 0);
      if (due || ((signal?.aborted || requests.checkpoint) && progress.steps > 0)) {
        yield* save();
        requests.checkpoint = false;
      }
      if (due) yield* score();
      signal?.throwIfAborted();
      if (shouldStopEarly() || (requests.finish && progress.steps > 0)) return;
    }
  }

  try {
    if (!shouldStopEarly()) yield* continueTraining();
  } catch (error) {
    throw withUsableWeights(error, workspace, saved, progress.steps);
  } finally {
    await sampler.dispose();
  }
  const result = trainResult(progress);
  yield { type: "train-end", ...result };
  const best = metric && bestOf(scores, metric);
  const isLoaded =
    best === undefined || best.step === progress.steps || (yield* loadWeights(run, workspace, best.step));
  return { ...result, scores, best: isLoaded ? best : undefined };
}

/**
 * Adds the path of usable weights to a "train/not-finite" error. The newest checkpoint is used only if it is the only
 * one or if the step after it was finite.
 */
function withUsableWeights(error: unknown, workspace: Workspace, saved: readonly number[], steps: number): unknown {
  const usable = saved.findLast((step) => step < steps) ?? saved.at(-1);
  if (!(error instanceof BertieError) || error.code !== "train/not-finite" || usable === undefined) return error;
  const message = error.message.replace(/\.$/, "");
  const text = `${message}. The weights after step ${usable} are in ${workspace.locate(checkpointFolder(usable))}`;
  return new BertieError(error.code, text, { cause: error });
}

/** Writes the weights of a checkpoint to the state of the executor. Returns false if the checkpoint is damaged. */
async function* loadWeights(
  { executor, classifier }: PreparedRun,
  workspace: Workspace,
  step: number,
): AsyncGenerator<RunEvent, boolean> {
  try {
    await writeParameters(executor, classifier, await readCheckpointWeights(workspace, checkpointFolder(step)));
    return true;
  } catch (error) {
    if (!(error instanceof BertieError) || error.code !== "checkpoint/damaged") throw error;
    const text = `${error.message}. It was the best checkpoint; the weights of the last step are used instead.`;
    yield warning(text, "note/damaged-best-checkpoint");
    return false;
  }
}
