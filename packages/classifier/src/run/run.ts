import { writeParameters } from "@bertie/optim";
import { FILES, writeTensors } from "../checkpoint/checkpoint.ts";
import { listCheckpoints } from "../checkpoint/store.ts";
import { DATA } from "../storage/storage.ts";
import { evaluateOn, exampleLogs, type PreparedSet, predictFor, prepareSet } from "./classify-sets.ts";
import type { RunEvent } from "./events.ts";
import { formatJson, writeModelFiles, writeResults } from "./output-files.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { type EvaluatedSet, resultsOf } from "./results.ts";
import { runRecord } from "./run-record.ts";
import { trainOn } from "./train-on.ts";

/**
 * Trains, evaluates and predicts, as far as the run asks for it, and writes the results. If it fails, or is left before its
 * end, nothing has been written except checkpoints, which an event "stopped" mentions.
 *
 * @param signal stops the run, with its reason as the error; during training, after a checkpoint
 */
export async function* executeRun(prepared: PreparedRun, signal: AbortSignal | undefined): AsyncGenerator<RunEvent> {
  const { workspace } = prepared;
  try {
    yield* runAll(prepared, signal);
  } catch (error) {
    const step = workspace && (await listCheckpoints(workspace).catch(() => [])).at(-1);
    if (step !== undefined) yield { type: "stopped", step, storage: workspace!.name };
    throw error;
  } finally {
    await prepared.release();
  }
}

async function* runAll(prepared: PreparedRun, signal: AbortSignal | undefined): AsyncGenerator<RunEvent> {
  const { options, data, executor, classifier, workspace } = prepared;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  yield* prepared.notes;
  yield {
    type: "run-start",
    device: executor.device,
    engine: executor.engine,
    ...(prepared.threads !== undefined && { threads: prepared.threads }),
    distributed: false,
    fp16: prepared.precision.name === "fp16",
    precision: prepared.precision.name,
    seed: options.seed,
    labels: data.labels,
  };
  await writeParameters(executor, classifier, prepared.parameters);

  // Before training: see prepareEvaluation().
  const evaluations: PreparedSet[] = [];
  for (const set of data.evaluations) evaluations.push(await prepareSet(prepared, set));
  const prediction = data.predict && (await prepareSet(prepared, data.predict));
  signal?.throwIfAborted();
  const trained =
    data.train && workspace && (yield* trainOn({ ...prepared, workspace }, data.train, evaluations[0], signal));
  const evaluated: EvaluatedSet[] = [];
  for (const ready of evaluations) {
    yield* exampleLogs(ready.set);
    evaluated.push(yield* evaluateOn(prepared, ready, signal));
  }
  const results = resultsOf(evaluated, trained?.steps ?? 0, trained?.loss);
  if (evaluated.length > 0) yield { type: "eval-results", results };
  if (prediction) yield* predictFor(prepared, prediction, signal);
  for (const ready of [...evaluations, ...(prediction ? [prediction] : [])]) await ready.options.programs?.dispose();

  if (workspace === undefined) {
    yield { type: "run-end", seconds: elapsed(), files: [] };
    return;
  }
  if (trained) {
    await writeModelFiles(workspace, prepared);
    await writeTensors(workspace, FILES.weights, executor, prepared.specs);
  }
  if (evaluated.length > 0) await writeResults(workspace, results, evaluated, data.labels);
  await workspace.write("run.json", formatJson(runRecord(prepared, trained, elapsed())));
  if ((await workspace.list(DATA)).length > 0) await workspace.remove(DATA);
  await workspace.commit({ overwrite: prepared.overwrite });
  yield { type: "run-end", seconds: elapsed(), outputDir: workspace.name, files: workspace.files() };
}
