import process from "node:process";
import {
  checkThreshold,
  formatJson,
  hasPairs,
  identityOf,
  info,
  optionsOf,
  type Prediction,
  predictionOf,
  type RowIdentity,
  runRecord,
  type StreamOptions,
  type Text,
  TextClassifier,
  trainingTableOf,
  warning,
} from "@bertie/classifier";
import { createInputReader } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { getProcessor } from "@bertie/data";
import { chooseInferencePrecision, createExecutor, inferenceWith } from "@bertie/engine";
import type { ModelDirectory } from "@bertie/model";
import { endIfStuck, type Interruption, interruptible } from "../interrupt.ts";
import { engineRequest } from "../options/engine-request.ts";
import type { RunOptions } from "../options/run-options.ts";
import { createPredictionReporter, type Reporter } from "../report/reporter.ts";
import { joinLocation } from "../shards/join-location.ts";
import { formatShard, type Shard, shardSuffix, WHOLE } from "../shards/shard.ts";
import { checkOptions } from "../train/check-options.ts";
import type { TaskRequest } from "../train/prepare-task.ts";
import { readModel, withCommit } from "../train/read-model.ts";
import { recordedOptions } from "../train/recorded-options.ts";
import { versions } from "../versions.ts";
import { type OutputFolder, openOutputFolder } from "./output-folder.ts";
import { precisionHint } from "./precision-hint.ts";
import { createPredictionFile } from "./prediction-file.ts";
import type { RowSource } from "./row-source.ts";
import { createShardRows, type ShardRows } from "./shard-rows.ts";
import { tableRows } from "./table-rows.ts";
import { textRows } from "./text-rows.ts";

/** Number of predictions between checks for signals, which are not handled while a synchronous engine runs. */
const PREDICTIONS_PER_CHECK = 32;

/**
 * Runs `bertie predict [FILE…]`: classifies the rows of tables, or the lines of files or of stdin, in order, as they arrive.
 *
 * @param input.files paths of files, or `-` for stdin
 * @throws BertieError "options/…", "input/…" or "output/…"
 */
export async function predictRows(request: TaskRequest, input: PredictInput): Promise<void> {
  const { options } = request;
  const { json, logEvery } = options;
  const { files, keyFields, shard } = input;
  const outputDir = partDirectory(options.outputDir, shard);
  checkInput(input, outputDir);
  const report = createPredictionReporter({
    ...{ json, logEvery, showExamples: false, showPredictions: true, showNotes: true, keyFields },
    ...{ stdout: process.stdout, stderr: process.stderr, env: process.env },
  });
  checkOptions(options, process.env.WORLD_SIZE);
  const { model, bertConfigFile, vocabFile, initCheckpoint, overwriteOutputDir: overwrite } = options;
  const inputPaths = [model, bertConfigFile, vocabFile, initCheckpoint, ...files.filter((file) => file !== "-")];
  await interruptible(async (check, signal) => {
    const folder =
      outputDir === undefined
        ? undefined
        : await openOutputFolder(outputDir, { overwrite, inputs: inputPaths, signal });
    try {
      await predictInto(folder, request, input, { report, check, signal });
    } finally {
      await folder?.close();
    }
  });
}

/** Files to classify. */
export interface PredictInput {
  readonly files: readonly string[];
  /** Whether the files are tables. */
  readonly asTables: boolean;
  readonly shard: Shard;
  /** Value of `--key-fields`. */
  readonly keyFields: number | undefined;
}

/** Returns the directory of a shard, or the prefix of its objects. */
function partDirectory(outputDir: string | undefined, shard: Shard): string | undefined {
  if (outputDir === undefined || shard.count === 1) return outputDir;
  return joinLocation(outputDir, `part${shardSuffix(shard)}`);
}

function checkInput({ files, asTables, shard, keyFields }: PredictInput, outputDir: string | undefined): void {
  if (shard !== WHOLE && (outputDir === undefined || files.includes("-"))) {
    const missing =
      outputDir === undefined ? "a directory for the parts: add --output-dir DIR" : "files, not stdin: name the files";
    throw new BertieError("options/conflict", `--shard ${formatShard(shard) ?? "1/1"} requires ${missing}.`);
  }
  if (keyFields === undefined) return;
  if (asTables)
    throw new BertieError(
      "options/conflict",
      "--key-fields reads lines, not tables. Remove the options of tables, or add --format text.",
    );
  if (outputDir !== undefined)
    throw new BertieError("options/conflict", "--key-fields writes to stdout. Remove --output-dir.");
}

interface Progress extends Interruption {
  readonly report: Reporter;
}

async function predictInto(
  folder: OutputFolder | undefined,
  { options: requested, given }: TaskRequest,
  { files, asTables, shard, keyFields }: PredictInput,
  { report, check, signal }: Progress,
): Promise<void> {
  const start = performance.now();
  const inputs = createInputReader();
  const model = await endIfStuck(readModel(requested, inputs), signal);
  await check();
  const options = withCommit(requested, model);
  const pairs = classifiesPairs(options, model);
  const executor = await createExecutor({ ...engineRequest(options), inference: inferenceWith(options) });
  try {
    const precision = chooseInferencePrecision(options, executor);
    const loading = TextClassifier.load(model, {
      executor,
      precision: precision.name,
      labels: labelsOf(options, model),
      ...(given.has("maxSeqLength") && { maxLength: options.maxSeqLength }),
      longText: options.longText,
      windowOverlap: options.windowOverlap,
      ...(given.has("doLowerCase") && { lowercase: options.doLowerCase }),
      ...(given.has("evalBatchSize") && { batchSize: options.evalBatchSize }),
    });
    await using classifier = await endIfStuck(loading, signal);
    const { threshold = classifier.threshold } = options;
    if (options.threshold !== undefined) checkThreshold(threshold, classifier.problemType);
    if (precision.note) report(warning(precision.note, "note/other-precision"));
    for (const text of classifier.notes) report(info(text));
    for (const text of classifier.warnings) report(warning(text));
    const source = asTables
      ? await endIfStuck(tableRows(files, options, { ...trainingTableOf(model), pairs }, inputs), signal)
      : textRows(files, { pairs: pairs ?? false, encoding: options.encoding, keyFields }, inputs);
    for (const text of source.notes) report(info(text));
    const rows = createShardRows(shard);
    const file = folder && createPredictionFile(folder, rows);
    await check();
    let count = 0;
    // Merged shards equal a run without shards only if both compute the same windows.
    const stream = { signal, fullWindows: file !== undefined && !files.includes("-") };
    for await (const prediction of predictions(classifier, source, rows, threshold, stream)) {
      await file?.write(prediction);
      report({ type: "prediction", ...prediction });
      if (++count % PREDICTIONS_PER_CHECK === 0) await check();
    }
    if (rows.count() === 0 && keyFields === undefined) throw noRows(source);
    const { notes, warnings } = source.readNotes();
    for (const text of notes) report(info(text));
    for (const text of warnings) report(warning(text));
    const seconds = (performance.now() - start) / 1000;
    const { engine, device } = executor;
    const isChosen = options.precision !== undefined;
    const hint = precisionHint({ isChosen, precision: precision.name, engine, device, seconds });
    if (hint !== undefined) report(info(hint));
    if (folder === undefined || file === undefined) return;
    const { labels, problemType, maxLength, tokenizer } = classifier;
    const taskName = options.taskName ?? model.trained.taskName;
    const record = runRecord(
      {
        options: { ...optionsOf(options), maxLength },
        record: options,
        executor,
        data: {
          ...{ taskName, pairs: pairs ?? source.layout?.pair !== undefined, problemType, labels },
          ...{ train: undefined, evaluations: [], predict: undefined },
          ...(source.layout && { layout: source.layout }),
          ...(problemType === "multi_label_classification" && { thresholds: threshold }),
        },
        lowerCase: tokenizer.lowercase,
        precision,
        setting: {
          ...{ options: recordedOptions(options), given: [...given], engine, device },
          versions: versions(),
          files: [],
        },
        platform: `${process.platform} ${process.arch}`,
        inputFiles: inputs.list(),
      },
      undefined,
      seconds,
    );
    const { longText, windowOverlap, evalBatchSize, threads = null } = options;
    await folder.write("run.json", formatJson(record));
    // The manifest is last: it shows that the output is complete.
    await file.finish({
      ...{ shard, files, inputs, layout: source.layout, model: model.name, classifier, seconds },
      options: {
        ...{ precision: precision.name, threshold, long_text: longText, window_overlap: windowOverlap },
        ...{ eval_batch_size: evalBatchSize, threads, hash_inputs: true },
      },
    });
    await check();
    await folder.commit({ overwrite: options.overwriteOutputDir });
    report({ type: "run-end", seconds, outputDir: folder.name, files: folder.files() });
  } finally {
    // A pending read of a stream that stays open would keep the process alive after an error or a signal.
    if (files.includes("-")) process.stdin.destroy();
    await executor.dispose();
  }
}

function noRows({ name, layout }: RowSource): BertieError {
  const text =
    layout === undefined
      ? `${name}: no lines to classify. Provide one text per line.`
      : `${name}: no rows to classify. Check that it is the right file.`;
  return new BertieError("input/no-rows", text);
}

/**
 * Returns whether the model classifies pairs of texts: as in the task of `--task-name` if given, otherwise as in training.
 * Undefined if unknown.
 */
function classifiesPairs({ taskName }: RunOptions, { trained }: ModelDirectory): boolean | undefined {
  if (taskName === undefined && trained.pairs !== undefined) return trained.pairs;
  const task = taskName ?? trained.taskName;
  return task === undefined ? undefined : hasPairs(getProcessor(task));
}

/** Returns the model's labels, or numbered labels if `--num-labels` differs from their number. */
function labelsOf({ numLabels }: RunOptions, { config }: ModelDirectory): readonly string[] | undefined {
  if (numLabels === undefined || numLabels === config.labels?.length) return config.labels;
  return Array.from({ length: numLabels }, (_, id) => `LABEL_${id}`);
}

async function* predictions(
  classifier: TextClassifier,
  source: RowSource,
  rows: ShardRows,
  thresholds: number,
  stream: StreamOptions & { readonly signal: AbortSignal },
): AsyncGenerator<Prediction> {
  const { labels, problemType } = classifier;
  const identify = identityOf(source.hasSeveralFiles);
  /** Rows that have been read, but not classified. */
  const pending: RowIdentity[] = [];
  async function* texts(): AsyncGenerator<Text> {
    for await (const row of rows.select(source.rows())) {
      pending.push(identify(row));
      yield row.textB === undefined ? row.textA : { text: row.textA, pair: row.textB };
    }
  }
  for await (const scores of classifier.classifyStream(texts(), stream)) {
    const scoreOf = new Map(scores.map(({ label, score }) => [label, score]));
    const values = labels.map((label) => scoreOf.get(label)!);
    yield predictionOf(pending.shift()!, values, labels.indexOf(scores[0]!.label), { labels, problemType, thresholds });
  }
}
