import { normalize } from "node:path";
import process from "node:process";
import {
  type Checkpoint,
  type Difference,
  directoryStorage,
  info,
  mergeOptions,
  modelTokenizer,
  newestCheckpoint,
  optionsOf,
  type PreparedRun,
  prepareRun,
  type RunEvent,
  readTaskData,
  type Workspace,
  warning,
} from "@bertie/classifier";
import {
  checkOutputDirectory,
  createInputReader,
  type InputReader,
  isDirectory,
  tidyFinished,
  withoutSuffix,
} from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { ModelDirectory } from "@bertie/model";
import { tryWebgpu } from "../doctor/try-webgpu.ts";
import { engineRequest } from "../options/engine-request.ts";
import type { RunOptions } from "../options/run-options.ts";
import { versions } from "../versions.ts";
import { checkOptions } from "./check-options.ts";
import { readCheckpointModel, readModel } from "./read-model.ts";
import { isPath, keptOptions, optionFlag } from "./recorded-options.ts";

/** What the user asks for. */
export interface TaskRequest {
  readonly options: RunOptions;
  /** The options that the user has set. */
  readonly given: ReadonlySet<keyof RunOptions>;
}

interface KeptData {
  readonly trainFeatures?: string;
  readonly evalFeatures?: string;
}

/** A request, with the run that it resumes. */
interface Resumption extends TaskRequest {
  readonly checkpoint: Checkpoint | undefined;
  /** The options that name data in the run's own workspace, as the program or the page that kept the data recorded them. */
  readonly keptData: KeptData;
  /** What has changed since. */
  readonly differences: readonly Difference[];
  readonly notes: readonly RunEvent[];
}

/**
 * Reads and checks all that a run needs, so that what is wrong with it is reported before any work.
 *
 * @returns "finished" where the run to resume is complete
 * @throws BertieError for the first thing that is wrong; then nothing has been written
 */
export async function prepareTask(request: TaskRequest): Promise<PreparedRun | "finished"> {
  const { options } = request;
  const outputDir = outputDirOf(options);
  const storage = outputDir === undefined ? undefined : directoryStorage(outputDir);
  const start: Resumption = { ...request, checkpoint: undefined, keptData: {}, differences: [], notes: [] };
  if (options.resume === undefined) {
    checkOptions(options, process.env.WORLD_SIZE);
    if (storage === undefined) return prepareIn(undefined, start);
    await checkTarget(storage.name, start);
    return closing(await storage.open({ overwrite: options.overwriteOutputDir }), (workspace) =>
      prepareIn(workspace, start),
    );
  }
  const state = await storage!.state();
  if (state === "finished") {
    await tidyFinished(outputDir!);
    return "finished";
  }
  if (typeof options.resume === "string" && state !== "unfinished")
    throw new BertieError(
      "options/resume",
      `${outputDir}: no interrupted run is there; look for ${outputDir}.unfinished`,
    );
  return closing(await storage!.open({ resume: true }), async (workspace) => {
    const resumption = await resumeIn(workspace, request);
    checkOptions({ ...resumption.options, outputDir }, process.env.WORLD_SIZE);
    await checkTarget(workspace.name, resumption);
    return prepareIn(workspace, resumption);
  });
}

/** Closes the workspace if the work fails. */
async function closing<T>(workspace: Workspace, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  try {
    return await work(workspace);
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

function checkTarget(outputDir: string, { options, keptData }: Resumption): Promise<void> {
  const { model, dataDir, bertConfigFile, vocabFile, initCheckpoint, trainFeatures, evalFeatures } = options;
  const inputs = [model, dataDir, bertConfigFile, vocabFile, initCheckpoint];
  if (keptData.trainFeatures === undefined) inputs.push(trainFeatures);
  if (keptData.evalFeatures === undefined) inputs.push(evalFeatures);
  return checkOutputDirectory(outputDir, { overwrite: options.overwriteOutputDir, inputs });
}

async function prepareIn(
  workspace: Workspace | undefined,
  { options: asked, given, checkpoint, keptData, differences, notes }: Resumption,
): Promise<PreparedRun> {
  const inputs = createInputReader();
  const modelFromCheckpoint =
    checkpoint !== undefined && asked.model === undefined && asked.bertConfigFile === undefined;
  const model = modelFromCheckpoint
    ? await readCheckpointModel(workspace!, checkpoint)
    : await readModel(asked, inputs);
  const options = given.has("maxSeqLength") || asked.doTrain ? asked : withTrainedLength(asked, model);
  const lowerCase = given.has("doLowerCase") ? options.doLowerCase : (model.lowerCase ?? false);
  const tokenizer = modelTokenizer(model, lowerCase);
  const data = await readData(options, model, tokenizer.get, inputs);
  return prepareRun({
    options: optionsOf(options),
    record: options,
    checkpointRecord: { ...keptOptions(options), ...keptData },
    given: [...given],
    model,
    lowerCase,
    data,
    engine: { ...engineRequest(options), ...(options.doTrain && { measureWebgpu: tryWebgpu }) },
    fp16: options.fp16,
    workspace,
    overwrite: options.overwriteOutputDir,
    checkpoint,
    differences,
    modelFromCheckpoint,
    resumeAnyway: options.resumeAnyway,
    inputFiles: inputs.list(),
    versions: versions(),
    platform: `${process.platform} ${process.arch}`,
    notes: [...notes, ...tokenizer.warnings().map(warning)],
  });
}

async function readData(
  options: RunOptions,
  model: ModelDirectory,
  tokenizer: ReturnType<typeof modelTokenizer>["get"],
  inputs: InputReader,
) {
  const { dataDir, trainFeatures, evalFeatures } = options;
  const taskName = options.taskName ?? model.trained.taskName;
  const file = (path: string | undefined) => path && { fileName: path, read: () => inputs.read(path) };
  if (dataDir !== undefined && !(await isDirectory(dataDir))) {
    const text = `${dataDir}: there is no such directory; --data-dir takes one with the .tsv files of ${taskName ?? "a task"}`;
    throw new BertieError("input/missing-file", text);
  }
  return readTaskData({
    ...options,
    taskName,
    directory: dataDir === undefined ? undefined : inputs.directory(normalize(dataDir)),
    train: options.doTrain,
    evaluate: options.doEval,
    predict: options.doPredict,
    trainFeatures: file(trainFeatures) || undefined,
    evalFeatures: file(evalFeatures) || undefined,
    maxLength: options.maxSeqLength,
    config: model.config,
    tokenizer,
  });
}

/** A trained model keeps the length that it was trained on. */
function withTrainedLength(options: RunOptions, { trained }: ModelDirectory): RunOptions {
  return { ...options, maxSeqLength: trained.maxSeqLength ?? options.maxSeqLength };
}

/**
 * The output directory that the options name, be it by `--resume DIR`.
 *
 * @throws BertieError "options/resume"
 */
function outputDirOf({ outputDir, resume }: RunOptions): string | undefined {
  if (resume === undefined) return outputDir;
  if (resume === true && outputDir === undefined)
    throw new BertieError("options/resume", "--resume: which run? name its directory, or add --output-dir");
  const directory = withoutSuffix(resume === true ? outputDir! : resume);
  if (outputDir === undefined || withoutSuffix(outputDir) === directory) return directory;
  const text = `--resume ${directory} continues in that directory, and --output-dir is ${outputDir}: leave one out`;
  throw new BertieError("options/resume", text);
}

/**
 * Reads the newest checkpoint of an interrupted run.
 *
 * @throws BertieError "checkpoint/…"
 */
async function resumeIn(workspace: Workspace, request: TaskRequest): Promise<Resumption> {
  const { options, given } = request;
  const { checkpoint, damages } = await newestCheckpoint(workspace);
  if (checkpoint === undefined) {
    const notes = [info(`${workspace.name}: there is no checkpoint yet: the run starts from the beginning`)];
    return { ...request, checkpoint, keptData: {}, differences: [], notes };
  }
  const { setting, progress } = checkpoint.state;
  const merged = mergeOptions(options, given, setting, { isPath, nameOf: optionFlag });
  const keptData = keptDataOf(setting.options, given);
  const located = Object.entries(keptData).map(([name, path]) => [name, workspace.locate(path)]);
  return {
    options: { ...(merged.options as unknown as RunOptions), ...Object.fromEntries(located) },
    keptData,
    given: merged.given as ReadonlySet<keyof RunOptions>,
    differences: merged.differences,
    checkpoint,
    notes: [
      ...damages.map((damage) => warning(`${damage}: skipped`)),
      info(`${workspace.name}: resumes after step ${progress.steps}`),
    ],
  };
}

/** Runs that a program or the page has started may keep their data beside their checkpoints. */
function keptDataOf(
  { trainFeatures, evalFeatures }: Readonly<Record<string, unknown>>,
  given: TaskRequest["given"],
): KeptData {
  const entries = Object.entries({ trainFeatures, evalFeatures }).filter(
    ([name, path]) => typeof path === "string" && path.startsWith("data/") && !given.has(name as keyof RunOptions),
  );
  return Object.fromEntries(entries) as KeptData;
}
