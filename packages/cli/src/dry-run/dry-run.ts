import { stat } from "node:fs/promises";
import process from "node:process";
import { asInTraining, createRunCheck, judge, modelTokenizer, openTableSet, type TableSet } from "@bertie/classifier";
import { createInputReader } from "@bertie/classifier/node";
import {
  type CheckedSet,
  type DataSummary,
  formatDataSummary,
  type InputExample,
  type Problem,
  tokenCounter,
} from "@bertie/data";
import type { RunOptions } from "../options/run-options.ts";
import { formatTime } from "../report/figures.ts";
import { withFlagNames } from "../report/flag-names.ts";
import { jsonLine } from "../report/json-lines.ts";
import { tableRequest } from "../tables/table-request.ts";
import { readsTables } from "../tables/table-run.ts";
import { checkOptions } from "../train/check-options.ts";
import type { TaskRequest } from "../train/prepare-task.ts";
import { readData } from "../train/read-data.ts";
import { readModel } from "../train/read-model.ts";
import { estimateMemory, type ModelSizes, trainingOperations } from "./estimate.ts";
import { measureSpeed } from "./measure-speed.ts";
import { type Plan, planOf, sequenceCounter, type TrainingRows } from "./plan.ts";

/** Size of the tables from which on the memory of the model's weights is saved. */
const LARGE_BYTES = 32 << 20;

/** Number of rows whose tokens are counted at once. */
const ROWS_PER_COUNT = 1024;

/**
 * Runs `bertie train --dry-run`: reads and checks the data, and prints the summary, the number of steps, the memory and the
 * estimated time. Tables are read as streams, so that their size is not limited by memory.
 *
 * @throws BertieError for the first error that a run would have
 */
export async function dryRun({ options, given, notes = [] }: TaskRequest): Promise<void> {
  checkOptions({ ...options, outputDir: options.outputDir ?? "." }, process.env.WORLD_SIZE);
  const { stdout, stderr } = process;
  const print = (line: string) => (options.json ? stderr : stdout).write(`${withFlagNames(line)}\n`);
  for (const note of notes) print(note);
  const inputs = createInputReader();
  const isLarge = await areLarge([
    ...(options.trainFile ?? []),
    ...(options.evalFile ?? []),
    ...(options.testFile ?? []),
  ]);
  if (isLarge) print("the tables are large, so the weights of the model are not read");
  const model = await readModel(
    isLarge ? { ...options, randomWeights: true, initCheckpoint: undefined } : options,
    inputs,
  );
  const lowerCase = given.has("doLowerCase") ? options.doLowerCase : (model.lowerCase ?? false);
  const tokenizer = modelTokenizer(model, lowerCase);
  const { summary, warnings, training } = readsTables(options)
    ? await streamTables(options, model.config, await tokenizer.get(), inputs, { print, isLarge })
    : {
        ...((await readData(options, model, tokenizer.get, inputs)).data.checked ?? {
          ...{ summary: undefined, warnings: [] },
        }),
        training: undefined,
      };
  if (summary === undefined) {
    print("the data is tokenized already, so there is nothing to check");
    return;
  }
  for (const line of formatDataSummary(summary, warnings)) print(line);
  for (const text of tokenizer.warnings()) print(`warning: ${text}`);
  const plan = planOf(summary, options, training);
  const speed = plan && (await measureSpeed(options));
  const seconds =
    plan && speed && trainingOperations(model.config, plan.tokens, meanLength(summary)) / speed.operationsPerSecond;
  const bytes = plan && estimateMemory(model.config, largestBatch(options, summary));
  if (plan) for (const line of describePlan(plan, options, model.config, bytes!, seconds, speed)) print(line);
  if (options.json)
    stdout.write(
      jsonLine({ type: "dry-run", summary, warnings, ...plan, memory_bytes: bytes ?? null, seconds: seconds ?? null }),
    );
}

/** Returns whether tables are so large that reading them should take little memory. */
async function areLarge(paths: readonly string[]): Promise<boolean> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) > LARGE_BYTES;
}

/** Reads and checks tables without keeping their rows. */
async function streamTables(
  options: RunOptions,
  {
    labels,
    problemType: knownProblem,
  }: { readonly labels?: readonly string[]; readonly problemType?: DataSummary["problemType"] },
  tokenizer: Parameters<typeof createRunCheck>[0]["tokenizer"],
  inputs: ReturnType<typeof createInputReader>,
  { print, isLarge }: { readonly print: (line: string) => void; readonly isLarge: boolean },
): Promise<{ summary: DataSummary; warnings: readonly Problem[]; training: TrainingRows }> {
  const sets = [
    ...(options.doTrain && options.trainFile ? [["train", options.trainFile] as const] : []),
    ...(options.doEval && options.evalFile ? [["dev", options.evalFile] as const] : []),
    ...(options.doPredict && options.testFile ? [["test", options.testFile] as const] : []),
  ];
  const opened: { readonly name: CheckedSet; readonly set: TableSet }[] = [];
  for (const [name, paths] of sets) {
    const first = opened.find(({ name }) => name === "train")?.set;
    const request = await tableRequest(paths, options, inputs);
    const known = first && { ...first, pairs: first.layout.pair !== undefined };
    const set = await openTableSet(name, known ? asInTraining(request, known) : request, name !== "test");
    for (const note of set.notes) print(note);
    opened.push({ name, set });
  }
  const problemType = opened.find(({ name }) => name !== "test")?.set.problemType ?? knownProblem;
  const check = createRunCheck({
    problemType: problemType ?? "single_label_classification",
    maxLength: options.maxSeqLength,
    tokenizer,
  });
  const countSequences = sequenceCounter(options, tokenCounter(tokenizer));
  const kept: InputExample[] = [];
  const sequences: number[] = [];
  let pending: InputExample[] = [];
  const count = () => {
    for (const number of countSequences(pending)) sequences.push(number);
    pending = [];
  };
  for (const { name, set } of opened) {
    for await (const example of set.examples()) {
      check.add(name, example);
      if (name !== "train") continue;
      if (!isLarge) kept.push(example);
      if (options.longText === "windows" && pending.push(example) >= ROWS_PER_COUNT) count();
    }
    if (pending.length > 0) count();
    for (const facts of set.files()) check.addFile(name, facts);
    for (const note of set.readNotes()) print(note);
  }
  const { summary, warnings } = judge(check.finish(), {
    knownLabels: options.doTrain ? undefined : labels,
    folds: options.folds,
    longText: options.longText,
    classWeights: options.classWeights !== undefined,
    skipBadRows: options.onBadRow === "skip",
  });
  return { summary, warnings, training: { examples: isLarge ? undefined : kept, sequences } };
}

function meanLength({ sets }: DataSummary): number {
  return sets.find(({ set }) => set === "train")?.lengths?.mean ?? 0;
}

function largestBatch({ trainBatchSize, gradientAccumulationSteps, maxSeqLength }: RunOptions, { sets }: DataSummary) {
  const longest = sets.find(({ set }) => set === "train")?.lengths?.max ?? maxSeqLength;
  return {
    size: Math.ceil(trainBatchSize / gradientAccumulationSteps),
    length: Math.min(maxSeqLength, Math.ceil(longest / 8) * 8),
  };
}

function describePlan(
  { rows, evaluationRows, sequences, steps }: Plan,
  { numTrainEpochs, trainBatchSize, folds, doEval }: RunOptions,
  sizes: ModelSizes,
  bytes: number,
  seconds: number | undefined,
  speed: { readonly engine: string; readonly device: string } | undefined,
): string[] {
  const number = (count: number) => count.toLocaleString("en");
  const epochs = `${numTrainEpochs} epoch${numTrainEpochs === 1 ? "" : "s"}`;
  const models = folds === undefined ? "" : ` for each of ${folds} models`;
  const windows = sequences > rows ? ` in ${number(sequences)} windows` : "";
  const evaluation = doEval && evaluationRows > 0 ? `; ${number(evaluationRows)} rows for evaluation` : "";
  const layers = `${sizes.numHiddenLayers} layers, hidden size ${sizes.hiddenSize}`;
  return [
    `dry run: ${number(steps)} training step${steps === 1 ? "" : "s"}${models} (${epochs} of ${number(rows)} rows${windows}, ${trainBatchSize} per step)${evaluation}`,
    `model: ${layers}; memory: about ${gigabytes(bytes)} with ONNX Runtime on a CPU`,
    seconds === undefined || speed === undefined
      ? 'time: unknown, because the engine cannot be loaded. Run "bertie doctor" for the reason.'
      : `time: about ${formatTime(Math.max(1, seconds * (folds ?? 1)))} of training with ${speed.engine} on ${speed.device}, estimated from a step of a small model; nothing was written`,
  ];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
