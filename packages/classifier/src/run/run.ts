import { writeParameters } from "@bertie/optim";
import { FILES, writeTensors } from "../checkpoint/checkpoint.ts";
import { listCheckpoints } from "../checkpoint/store.ts";
import type { DataSet } from "../data/data-set.ts";
import { baselineOf, compareWithBaseline } from "../probe/baseline.ts";
import { trainHead } from "../probe/head-only.ts";
import { frozenPrograms } from "../probe/head-state.ts";
import { writeSuspects } from "../probe/suspects.ts";
import { withEventLog } from "../report/event-log.ts";
import { type TimedEvaluation, writeMistakes, writeReports } from "../report/write-reports.ts";
import { DATA } from "../storage/storage.ts";
import { evaluateOn, exampleLogs, type PreparedSet, prepareSet } from "./classify-sets.ts";
import { evaluationWarnings } from "./evaluation-warnings.ts";
import { type RunEvent, warning } from "./events.ts";
import { formatJson, writeModelFiles, writeResults } from "./output-files.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { metricsBySet, resultsOf } from "./results.ts";
import { runRecord } from "./run-record.ts";
import { predictForSubmission, predictTestSet } from "./submissions.ts";
import { trainOn } from "./train-on.ts";

/**
 * Executes a run: trains, evaluates and predicts with the sets in its data, and writes the results. If the run fails or
 * is stopped, only checkpoints remain; an event "stopped" reports the newest one before the error is thrown.
 *
 * The generator throws BertieError "train/not-finite", "output/…", "browser/…" or "engine/…", and the reason of the
 * signal.
 *
 * @param prepared result of {@link prepareRun}; released when the generator ends
 * @param signal stops the run, during training after a checkpoint
 *
 * @example
 * ```ts ignore
 * import { executeRun, prepareRun, type RunInput } from "@bertie/classifier";
 *
 * declare const input: RunInput; // options, model and data; createTrainer() provides a simpler interface
 * for await (const event of executeRun(await prepareRun(input), undefined)) console.log(event.type);
 * ```
 */
export async function* executeRun(prepared: PreparedRun, signal: AbortSignal | undefined): AsyncGenerator<RunEvent> {
  const { workspace } = prepared;
  try {
    const events = runAll(prepared, signal);
    const logsEvents = prepared.options.report && workspace && prepared.data.train;
    yield* logsEvents ? withEventLog({ ...prepared, workspace }, events) : events;
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
  if (data.checked) yield { type: "data", ...data.checked };
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

  const head = options.headOnly && data.train ? yield* trainHead(prepared, data.train, signal) : undefined;
  const constant = head?.parameters ?? (prepared.precision.name === "int8" ? prepared.parameters : undefined);
  const prepareForRun = async (set: DataSet) =>
    prepareSet(prepared, set, constant && (await frozenPrograms(prepared, set, constant)));
  // Programs for evaluation are compiled before training, see prepareEvaluation().
  const evaluations: PreparedSet[] = [];
  for (const set of data.evaluations) evaluations.push(await prepareForRun(set));
  const prediction = data.predict && (await prepareForRun(data.predict));
  const submissions: PreparedSet[] = [];
  if (workspace) for (const set of data.otherPredictions ?? []) submissions.push(await prepareForRun(set));
  signal?.throwIfAborted();
  const measured = yield* baselineOf(prepared, evaluations[0], signal);
  const trained =
    head ??
    (data.train && workspace && (yield* trainOn({ ...prepared, workspace }, data.train, evaluations[0], signal)));
  const timed: TimedEvaluation[] = [];
  for (const evaluation of evaluations) {
    yield* exampleLogs(evaluation.set);
    const before = elapsed();
    const evaluated = yield* evaluateOn(prepared, evaluation, signal);
    timed.push({ prepared: evaluation, evaluated, seconds: elapsed() - before });
  }
  const evaluated = timed.map(({ evaluated }) => evaluated);
  const results = resultsOf(evaluated, trained?.steps ?? 0, trained?.loss);
  const step = trained?.best?.step ?? trained?.steps ?? 0;
  if (evaluated.length > 0) yield { type: "eval-results", results, evaluations: metricsBySet(evaluated), step };
  for (const { name, metrics } of evaluated)
    yield* evaluationWarnings(name, metrics).map((text) => warning(text, "note/doubtful-evaluation"));
  if (measured && evaluated[0]) yield compareWithBaseline(measured.baseline, evaluated[0].scores);
  if (prediction) yield* predictTestSet(prepared, prediction, signal);
  for (const submission of submissions) yield* predictForSubmission(prepared, submission, signal);
  const [main] = timed;
  if (options.report && workspace && main) yield* writeMistakes(prepared, workspace, main, elapsed(), signal);
  const preparedSets = [...evaluations, ...(prediction ? [prediction] : []), ...submissions];
  for (const { options } of preparedSets) await options.programs?.dispose();

  if (workspace === undefined) {
    yield { type: "run-end", seconds: elapsed(), files: [] };
    return;
  }
  if (trained) {
    await writeModelFiles(workspace, prepared);
    await writeTensors(workspace, FILES.weights, executor, prepared.specs);
  }
  if (evaluated.length > 0) await writeResults(workspace, results, evaluated, data.labels, measured?.baseline);
  await writeSuspects(workspace, (head ?? measured)?.suspects);
  await workspace.write("run.json", formatJson(runRecord(prepared, trained, elapsed(), new Date())));
  if (options.report && (trained || main)) await writeReports(workspace);
  if ((await workspace.list(DATA)).length > 0) await workspace.remove(DATA);
  await workspace.commit({ overwrite: prepared.overwrite });
  yield { type: "run-end", seconds: elapsed(), outputDir: workspace.name, files: workspace.files() };
}
