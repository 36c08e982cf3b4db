import { BertieError } from "@bertie/common";
import { trainingBatches } from "@bertie/data";
import { countSteps, momentsOf, startProgress, train, trainResult, writeParameters } from "@bertie/optim";
import { FILES, readCheckpointWeights, writeState, writeTensors } from "../checkpoint/checkpoint.ts";
import { checkpointPath, keepOnly, listCheckpoints, saveCheckpoint } from "../checkpoint/store.ts";
import type { DataSet } from "../load/data-set.ts";
import { formatJson } from "../report/json-lines.ts";
import { bestOf, evaluationsSinceBest, type Score } from "./best.ts";
import { evaluateOn, exampleLogs, phaseStart, type ReadySet } from "./classify-sets.ts";
import { type RunEvent, warning } from "./events.ts";
import { formatStep, writeModelFiles } from "./output-files.ts";
import type { PreparedRun } from "./prepare.ts";
import type { RunDirectory } from "./run-directory.ts";
import { runRecord } from "./run-record.ts";
import type { Trained } from "./trained.ts";

/**
 * Trains on a set, from the beginning or from a checkpoint, and leaves the weights in the executor: the last, or the best
 * by `--metric`.
 *
 * There is a checkpoint every `--save-checkpoints-steps` and at the end of every epoch, and by `--metric` the weights are
 * then evaluated. A checkpoint is made before its evaluation: a run that goes on from there begins with that, so that it
 * comes to the same whenever it was stopped.
 *
 * @param signal stops the run, after a checkpoint
 */
export async function* trainOn(
  run: PreparedRun & { readonly directory: RunDirectory },
  set: DataSet,
  devSet: ReadySet | undefined,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, Trained> {
  const { options, executor, classifier, directory, optimizerExecutor, checkpoint } = run;
  const { metric, earlyStopping = Number.POSITIVE_INFINITY, saveCheckpointsSteps } = options;
  const accumulation = options.gradientAccumulationSteps;
  const lossScale = run.precision.name === "fp16" ? options.lossScale : undefined;
  const progress = checkpoint ? { ...checkpoint.state.progress } : startProgress(lossScale);
  const scores: Score[] = [...(checkpoint?.state.scores ?? [])];
  let saved = await listCheckpoints(directory.checkpoints);
  saved = saved.filter((step) => checkpoint !== undefined && step <= progress.steps);
  const batching = {
    batchSize: Math.floor(options.trainBatchSize / accumulation),
    maxLength: options.maxSeqLength,
    padding: options.padding,
    shuffle: !options.noShuffle,
    seed: options.seed,
  };
  const data = trainingBatches(set.features, batching, checkpoint?.state.order);
  const trainOptions = {
    epochs: options.numTrainEpochs,
    accumulation,
    learningRate: options.learningRate,
    warmup: options.warmupProportion,
    seed: options.seed,
    precision: run.precision.type,
    progress,
    ...(lossScale !== undefined && { lossScale }),
    ...(options.maxSteps !== undefined && { maxSteps: options.maxSteps }),
    ...(optimizerExecutor && { optimizerExecutor }),
    ...(checkpoint && { moments: checkpoint.moments }),
  };

  const lastStep = countSteps(data.batchesPerEpoch, trainOptions);

  /** Makes a checkpoint of where the run stands, unless there is one; older ones go, but for the best. */
  async function* save(): AsyncGenerator<RunEvent> {
    const { steps } = progress;
    if (saved.at(-1) === steps) return;
    // Behind the last step nothing needs the moments, which are two thirds of all that there is to write.
    const moments = steps < lastStep ? momentsOf(classifier) : undefined;
    await saveCheckpoint(directory.checkpoints, steps, async (folder) => {
      const { setting } = run;
      const order = data.orderState(progress.epoch);
      await writeModelFiles(folder, run);
      await folder.write("run.json", formatJson(runRecord(run, undefined, progress.seconds)));
      await writeTensors(folder, FILES.weights, executor, run.specs);
      if (moments !== undefined) {
        await writeTensors(folder, FILES.firstMoments, optimizerExecutor ?? executor, moments.first);
        await writeTensors(folder, FILES.secondMoments, optimizerExecutor ?? executor, moments.second);
      }
      await folder.write(FILES.metrics, await directory.read(FILES.metrics));
      await writeState(folder, { format: 1, progress, order, scores, setting });
    });
    saved.push(steps);
    const best = metric && bestOf(scores, metric)?.step;
    saved = saved.filter((step, i) => step === best || i >= saved.length - options.keepCheckpoints);
    await keepOnly(directory.checkpoints, saved);
    yield { type: "checkpoint", step: steps, path: checkpointPath(directory.checkpoints, steps) };
  }

  /** Evaluates the weights as they are, if that was asked for and not done yet. */
  async function* score(): AsyncGenerator<RunEvent> {
    const step = progress.steps;
    if (metric === undefined || devSet === undefined || scores.at(-1)?.step === step) return;
    const value = (yield* evaluateOn(run, devSet, signal)).scores[metric]!;
    scores.push({ step, value });
    yield { type: "score", metric, step, value, best: bestOf(scores, metric)?.step === step };
  }

  const isEnough = () => metric !== undefined && evaluationsSinceBest(scores, metric) >= earlyStopping;

  yield* exampleLogs(set);
  yield phaseStart("training", set, options.trainBatchSize, lastStep);
  if (checkpoint) await directory.append(FILES.metrics, checkpoint.metrics);
  const isDue = progress.steps > 0 && (progress.batches === 0 || progress.steps % saveCheckpointsSteps === 0);
  if (isDue) yield* score();

  /** Trains on, with checkpoints and evaluations where they are due. */
  async function* goOn(): AsyncGenerator<RunEvent> {
    let batchesOfEpoch = 0;
    for await (const event of train(executor, classifier, data, trainOptions)) {
      if (event.type === "train-start") checkpoint?.moments.clear(); // they stand in the executor now
      if (event.type === "epoch-start") batchesOfEpoch = event.batches;
      if (event.type === "step") await directory.append(FILES.metrics, formatStep(event));
      if (event.type !== "train-end") yield event;
      const isBetween = event.type === "step" && event.batches < batchesOfEpoch;
      const due = event.type === "epoch-end" || (isBetween && event.step % saveCheckpointsSteps === 0);
      if (due || (signal.aborted && progress.steps > 0)) yield* save();
      if (due) yield* score();
      signal.throwIfAborted();
      if (isEnough()) return;
    }
  }

  try {
    if (!isEnough()) yield* goOn();
  } catch (error) {
    throw namingGoodWeights(error, directory, saved, progress.steps);
  }
  const result = trainResult(progress);
  yield { type: "train-end", ...result };
  const best = metric && bestOf(scores, metric);
  const isThere = best === undefined || best.step === progress.steps || (yield* takeWeights(run, directory, best.step));
  return { ...result, scores, best: isThere ? best : undefined };
}

/**
 * Where numbers have gone wrong, the error with the weights to begin with instead: the newest with which a step was made
 * that was all numbers, so if there are others, not those that were made by the step before.
 */
function namingGoodWeights(
  error: unknown,
  { checkpoints }: RunDirectory,
  saved: readonly number[],
  steps: number,
): unknown {
  const good = saved.findLast((step) => step < steps) ?? saved.at(-1);
  if (!(error instanceof BertieError) || error.code !== "train/not-finite" || good === undefined) return error;
  const text = `${error.message}; the weights after step ${good} are in ${checkpointPath(checkpoints, good)}`;
  return new BertieError(error.code, text, { cause: error });
}

/** Puts a checkpoint's weights into the executor; false where it is damaged. */
async function* takeWeights(
  { executor, classifier }: PreparedRun,
  { checkpoints }: RunDirectory,
  step: number,
): AsyncGenerator<RunEvent, boolean> {
  try {
    await writeParameters(executor, classifier, await readCheckpointWeights(checkpointPath(checkpoints, step)));
    return true;
  } catch (error) {
    if (!(error instanceof BertieError) || error.code !== "checkpoint/damaged") throw error;
    yield warning(`${error.message}: it was the best; the weights of the last step are kept instead`);
    return false;
  }
}
