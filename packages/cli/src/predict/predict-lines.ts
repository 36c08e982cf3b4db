import { createReadStream } from "node:fs";
import process from "node:process";
import {
  directoryStorage,
  formatJson,
  formatPrediction,
  formatPredictionHeader,
  hasPairs,
  optionsOf,
  type Prediction,
  predictionOf,
  runRecord,
  type Text,
  TextClassifier,
  type Workspace,
  warning,
} from "@bertie/classifier";
import { checkOutputDirectory, createInputReader, type InputReader } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { getProcessor, type Line, streamLines } from "@bertie/data";
import { choosePrecision, createExecutor } from "@bertie/engine";
import type { ModelDirectory } from "@bertie/model";
import { interruptible } from "../interrupt.ts";
import { engineRequest } from "../options/engine-request.ts";
import type { RunOptions } from "../options/run-options.ts";
import { createPredictionReporter, type Reporter } from "../report/reporter.ts";
import { checkOptions } from "../train/check-options.ts";
import type { TaskRequest } from "../train/prepare-task.ts";
import { readModel } from "../train/read-model.ts";
import { recordedOptions } from "../train/recorded-options.ts";
import { versions } from "../versions.ts";

/** Number of predictions between checks for signals, which are not handled while a synchronous engine runs. */
const PREDICTIONS_PER_CHECK = 32;

/** Runs `bertie predict [FILE]`: classifies the lines of a file or of stdin in order, as they arrive. */
export async function predictLines(request: TaskRequest, file: string): Promise<void> {
  const { options } = request;
  const { json, logEvery, outputDir } = options;
  const report = createPredictionReporter({
    ...{ json, logEvery, showExamples: false, showPredictions: true },
    ...{ stdout: process.stdout, stderr: process.stderr, env: process.env },
  });
  checkOptions(options, process.env.WORLD_SIZE);
  const inputs = createInputReader();
  if (outputDir === undefined) return predictInto(undefined, request, file, inputs, report);
  const { model, bertConfigFile, vocabFile, initCheckpoint, overwriteOutputDir: overwrite } = options;
  const inputPaths = [model, bertConfigFile, vocabFile, initCheckpoint, file === "-" ? undefined : file];
  await checkOutputDirectory(outputDir, { overwrite, inputs: inputPaths });
  const workspace = await directoryStorage(outputDir).open({ overwrite });
  try {
    await predictInto(workspace, request, file, inputs, report);
  } finally {
    await workspace.close();
  }
}

async function predictInto(
  workspace: Workspace | undefined,
  { options, given }: TaskRequest,
  file: string,
  inputs: InputReader,
  report: Reporter,
): Promise<void> {
  const start = performance.now();
  const model = await readModel(options, inputs);
  const pairs = classifiesPairs(options, model);
  const executor = await createExecutor(engineRequest(options));
  try {
    const precision = choosePrecision({ precision: options.precision, fp16: options.fp16 }, executor);
    await using classifier = await TextClassifier.load(model, {
      executor,
      precision: precision.name,
      labels: labelsOf(options, model),
      ...(given.has("maxSeqLength") && { maxLength: options.maxSeqLength }),
      longText: options.longText,
      windowOverlap: options.windowOverlap,
      ...(given.has("doLowerCase") && { lowercase: options.doLowerCase }),
      ...(given.has("evalBatchSize") && { batchSize: options.evalBatchSize }),
    });
    if (precision.note) report(warning(precision.note));
    for (const text of classifier.warnings) report(warning(text));
    const lines = linesOf(file, inputs);
    await interruptible(async (check, signal) => {
      let count = 0;
      for await (const prediction of predictions(classifier, lines, pairs, signal)) {
        if (count === 0) await workspace?.append("predictions.tsv", formatPredictionHeader(prediction));
        await workspace?.append("predictions.tsv", formatPrediction(prediction));
        report({ type: "prediction", ...prediction });
        if (++count % PREDICTIONS_PER_CHECK === 0) await check();
      }
      if (count === 0) {
        const text = `${lines.name}: no lines to classify. Provide one text per line.`;
        throw new BertieError("input/no-rows", text);
      }
    });
    if (workspace === undefined) return;
    const seconds = (performance.now() - start) / 1000;
    const { labels, maxLength, tokenizer, engine, device } = classifier;
    const taskName = options.taskName ?? model.trained.taskName;
    const record = runRecord(
      {
        options: { ...optionsOf(options), maxLength },
        record: options,
        executor,
        data: { taskName, pairs, labels, train: undefined, evaluations: [], predict: undefined },
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
    await workspace.write("run.json", formatJson(record));
    await workspace.commit({ overwrite: options.overwriteOutputDir });
    report({ type: "run-end", seconds, outputDir: workspace.name, files: workspace.files() });
  } finally {
    // A pending read of a stream that stays open would keep the process alive after an error or a signal.
    if (file === "-") process.stdin.destroy();
    await executor.dispose();
  }
}

/** Returns whether the lines are pairs of texts: as in the task of `--task-name` if given, otherwise as in training. */
function classifiesPairs({ taskName }: RunOptions, { trained }: ModelDirectory): boolean {
  if (taskName === undefined && trained.pairs !== undefined) return trained.pairs;
  const task = taskName ?? trained.taskName;
  return task !== undefined && hasPairs(getProcessor(task));
}

/** Returns the model's labels, or numbered labels if `--num-labels` differs from their number. */
function labelsOf({ numLabels }: RunOptions, { config }: ModelDirectory): readonly string[] | undefined {
  if (numLabels === undefined || numLabels === config.labels?.length) return config.labels;
  return Array.from({ length: numLabels }, (_, id) => `LABEL_${id}`);
}

interface Lines extends AsyncIterable<Line> {
  /** Name of the source in messages. */
  readonly name: string;
}

function linesOf(file: string, inputs: InputReader): Lines {
  if (file !== "-") {
    const lines = () => streamLines(inputs.stream(file, createReadStream(file)), file);
    return { name: file, [Symbol.asyncIterator]: lines };
  }
  if (process.stdin.isTTY) process.stderr.write("reading texts from the terminal, one per line; press Ctrl-D to end\n");
  return { name: "stdin", [Symbol.asyncIterator]: () => streamLines(process.stdin, "stdin") };
}

async function* predictions(
  classifier: TextClassifier,
  lines: Lines,
  pairs: boolean,
  signal: AbortSignal,
): AsyncGenerator<Prediction> {
  let number = 0;
  for await (const scores of classifier.classifyStream(textsOf(lines, pairs), { signal })) {
    number++;
    const scoreOf = new Map(scores.map(({ label, score }) => [label, score]));
    const values = classifier.labels.map((label) => scoreOf.get(label)!);
    yield predictionOf(`line-${number}`, values, classifier.labels.indexOf(scores[0]!.label), classifier);
  }
}

async function* textsOf(lines: Lines, pairs: boolean): AsyncGenerator<Text> {
  for await (const { number, text } of lines) {
    if (!pairs) {
      yield text;
      continue;
    }
    const [first = "", pair, ...more] = text.split("\t");
    if (pair === undefined || more.length > 0) {
      const count = text.split("\t").length;
      const message =
        `${lines.name}, line ${number}: expected 2 tab-separated texts, found ${count}. ` +
        "The model classifies pairs: separate the two texts with one tab.";
      throw new BertieError("input/short-row", message);
    }
    yield { text: first, pair };
  }
}
