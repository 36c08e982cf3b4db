import { BertieError } from "@bertie/common";
import { writeParameters } from "@bertie/optim";
import { FILES, writeTensors } from "../checkpoint/checkpoint.ts";
import { listCheckpoints } from "../checkpoint/store.ts";
import { Interrupted } from "../interrupt.ts";
import { formatJson } from "../report/json-lines.ts";
import { evaluateOn, exampleLogs, predictFor, type ReadySet, readyToClassify } from "./classify-sets.ts";
import type { RunEvent } from "./events.ts";
import { writeModelFiles, writeResults } from "./output-files.ts";
import type { PreparedRun } from "./prepare.ts";
import { type EvaluatedSet, resultsOf } from "./results.ts";
import type { RunDirectory } from "./run-directory.ts";
import { runRecord } from "./run-record.ts";
import { trainOn } from "./train-on.ts";

/**
 * Trains, evaluates and predicts, as far as it was asked for, and writes what came of it. If it fails, or is left before
 * its end, nothing has been written but checkpoints, which the error tells of.
 *
 * @param signal stops the run, with its reason as the error; where it trains, after a checkpoint
 */
export async function* run(prepared: PreparedRun, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const { directory, executor, optimizerExecutor } = prepared;
  try {
    yield* runAll(prepared, signal);
  } catch (error) {
    throw directory === undefined ? error : await tellingOfCheckpoints(error, directory);
  } finally {
    await directory?.leave();
    await optimizerExecutor?.dispose();
    await executor.dispose();
  }
}

async function* runAll(prepared: PreparedRun, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const { options, data, executor, classifier, directory } = prepared;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  yield* prepared.notes;
  yield {
    type: "run-start",
    device: executor.device,
    engine: executor.engine,
    ...(options.threads !== undefined && { threads: options.threads }),
    distributed: false,
    fp16: prepared.precision.name === "fp16",
    precision: prepared.precision.name,
    seed: options.seed,
    labels: data.labels,
  };
  await writeParameters(executor, classifier, prepared.parameters);

  // Before training: see prepareEvaluation.
  const evaluations: ReadySet[] = [];
  for (const set of data.evaluations) evaluations.push(await readyToClassify(prepared, set));
  const prediction = data.predict && (await readyToClassify(prepared, data.predict));
  signal.throwIfAborted();
  const trained =
    data.train && directory && (yield* trainOn({ ...prepared, directory }, data.train, evaluations[0], signal));
  const evaluated: EvaluatedSet[] = [];
  for (const ready of evaluations) {
    yield* exampleLogs(ready.set);
    evaluated.push(yield* evaluateOn(prepared, ready, signal));
  }
  const results = resultsOf(evaluated, trained?.steps ?? 0, trained?.loss);
  if (evaluated.length > 0) yield { type: "eval-results", results };
  if (prediction) yield* predictFor(prepared, prediction, signal);
  for (const ready of [...evaluations, ...(prediction ? [prediction] : [])]) await ready.options.programs?.dispose();

  if (directory === undefined) {
    yield { type: "run-end", seconds: elapsed(), files: [] };
    return;
  }
  if (trained) {
    await writeModelFiles(directory, prepared);
    await writeTensors(directory, FILES.weights, executor, prepared.specs);
  }
  if (evaluated.length > 0) await writeResults(directory, results, evaluated, data.labels);
  await directory.write("run.json", formatJson(runRecord(prepared, trained, elapsed())));
  await directory.publish(options.overwriteOutputDir);
  yield { type: "run-end", seconds: elapsed(), outputDir: directory.path, files: directory.files() };
}

/** The error, with what is left to go on with. */
async function tellingOfCheckpoints(error: unknown, { path, checkpoints }: RunDirectory): Promise<unknown> {
  const step = (await listCheckpoints(checkpoints).catch(() => [])).at(-1);
  if (step === undefined) return error;
  const goOn = `bertie train --resume ${path} goes on after step ${step}`;
  if (error instanceof Interrupted) return new Interrupted(error.reason, goOn);
  // Where numbers have gone wrong, to go on would come to the same.
  if (!(error instanceof BertieError) || error.code === "train/not-finite") return error;
  return new BertieError(error.code, `${error.message}; ${goOn}`, { cause: error });
}
