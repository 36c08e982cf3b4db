import { hostname } from "node:os";
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
  type Workspace,
  warning,
} from "@bertie/classifier";
import { checkOutputDirectory, createInputReader, tidyFinished, withoutSuffix } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { longTextModes } from "@bertie/data";
import { checkFineTuned, type ModelDirectory } from "@bertie/model";
import { tryWebgpu } from "../doctor/try-webgpu.ts";
import { engineRequest } from "../options/engine-request.ts";
import type { RunOptions } from "../options/run-options.ts";
import { versions } from "../versions.ts";
import { checkOptions } from "./check-options.ts";
import { withClassWeights } from "./class-weights.ts";
import { readData } from "./read-data.ts";
import { readCheckpointModel, readModel, withCommit } from "./read-model.ts";
import { isPath, optionFlag, recordedOptions } from "./recorded-options.ts";

/** The options of a command. */
export interface TaskRequest {
  readonly options: RunOptions;
  /** Names of the options that the user has set. */
  readonly given: ReadonlySet<keyof RunOptions>;
  /** Choices that the command has made for the user, one line each. */
  readonly notes?: readonly string[];
}

interface SavedData {
  readonly trainFeatures?: string;
  readonly evalFeatures?: string;
}

/** A request, with the state of the run that it resumes. */
interface Resumption extends Omit<TaskRequest, "notes"> {
  readonly checkpoint: Checkpoint | undefined;
  /** Paths of data files in the workspace of the run, where the API or the demo page saved them. */
  readonly savedData: SavedData;
  /** Changes since the run was started. */
  readonly differences: readonly Difference[];
  readonly notes: readonly RunEvent[];
}

/**
 * Reads and checks everything that a run needs, so that errors are reported before any work is done.
 *
 * @returns "finished" if the run to resume is already complete
 * @throws BertieError for the first error, before anything is written
 */
export async function prepareTask(requested: TaskRequest): Promise<PreparedRun | "finished"> {
  const options = await withClassWeights(requested.options);
  const request = { ...requested, options };
  const outputDir = outputDirOf(options);
  const storage = outputDir === undefined ? undefined : directoryStorage(outputDir);
  const notes = (request.notes ?? []).map(info);
  const start: Resumption = { ...request, checkpoint: undefined, savedData: {}, differences: [], notes };
  if (options.resume === undefined) {
    checkOptions(options, process.env.WORLD_SIZE);
    if (storage === undefined) return prepareIn(undefined, start);
    await checkOutput(storage.name, start);
    return closeOnError(await storage.open({ overwrite: options.overwriteOutputDir }), (workspace) =>
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
      `${outputDir}: there is no interrupted run to resume, because ${outputDir}.unfinished does not exist. If the run had another --output-dir, pass that directory to --resume.`,
    );
  return closeOnError(await storage!.open({ resume: true }), async (workspace) => {
    const resumption = await readResumption(workspace, request);
    checkOptions({ ...resumption.options, outputDir }, process.env.WORLD_SIZE);
    await checkOutput(workspace.name, resumption);
    return prepareIn(workspace, resumption);
  });
}

/** Runs a function on a workspace, and closes the workspace if the function fails. */
async function closeOnError<T>(workspace: Workspace, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  try {
    return await work(workspace);
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

function checkOutput(outputDir: string, { options, savedData }: Resumption): Promise<void> {
  const { model, dataDir, bertConfigFile, vocabFile, initCheckpoint, trainFeatures, evalFeatures } = options;
  const inputs = [model, dataDir, bertConfigFile, vocabFile, initCheckpoint];
  if (savedData.trainFeatures === undefined) inputs.push(trainFeatures);
  if (savedData.evalFeatures === undefined) inputs.push(evalFeatures);
  return checkOutputDirectory(outputDir, { overwrite: options.overwriteOutputDir, inputs });
}

async function prepareIn(
  workspace: Workspace | undefined,
  { options: requested, given, checkpoint, savedData, differences, notes }: Resumption,
): Promise<PreparedRun> {
  const inputs = createInputReader();
  const modelFromCheckpoint =
    checkpoint !== undefined && requested.model === undefined && requested.bertConfigFile === undefined;
  const model = modelFromCheckpoint
    ? await readCheckpointModel(workspace!, checkpoint)
    : await readModel(requested, inputs);
  const pinned = withCommit(requested, model);
  const options = given.has("maxSeqLength") || pinned.doTrain ? pinned : withTrainedLength(pinned, model);
  const lowerCase = given.has("doLowerCase") ? options.doLowerCase : (model.lowerCase ?? false);
  const tokenizer = modelTokenizer(model, lowerCase);
  if (!options.doTrain) checkFineTuned(model);
  const { data, notes: dataNotes } = await readData(options, model, tokenizer.get, inputs);
  return prepareRun({
    options: optionsOf(options),
    record: options,
    checkpointRecord: { ...recordedOptions(options), ...savedData },
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
    host: hostname(),
    notes: [
      ...notes,
      ...model.warnings.map((text) => warning(text, "note/model-files")),
      ...tokenizer.warnings().map((text) => warning(text, "note/doubtful-tokenizer")),
      ...dataNotes.map(info),
    ],
  });
}

/** Replaces the default of `--max-seq-length` with the length that the model was trained with. */
function withTrainedLength(options: RunOptions, { trained }: ModelDirectory): RunOptions {
  return {
    ...options,
    maxSeqLength: trained.maxSeqLength ?? options.maxSeqLength,
    longText: options.longText ?? longTextModes.find((mode) => mode === trained.longText),
    windowOverlap: options.windowOverlap ?? trained.windowOverlap,
  };
}

/**
 * Returns the output directory that `--output-dir` or `--resume DIR` names.
 *
 * @throws BertieError "options/resume"
 */
function outputDirOf({ outputDir, resume }: RunOptions): string | undefined {
  if (resume === undefined) return outputDir;
  if (resume === true && outputDir === undefined)
    throw new BertieError(
      "options/resume",
      "--resume requires the directory of a run. Use --resume DIR or add --output-dir DIR.",
    );
  const directory = withoutSuffix(resume === true ? outputDir! : resume);
  if (outputDir === undefined || withoutSuffix(outputDir) === directory) return directory;
  const text = `--resume ${directory} and --output-dir ${outputDir} name different directories. Remove one of the two.`;
  throw new BertieError("options/resume", text);
}

/**
 * Reads the newest valid checkpoint of an interrupted run, and merges its recorded options with the given options.
 *
 * @throws BertieError "checkpoint/…"
 */
async function readResumption(workspace: Workspace, request: TaskRequest): Promise<Resumption> {
  const { options, given } = request;
  const { checkpoint, damages } = await newestCheckpoint(workspace);
  if (checkpoint === undefined) {
    const notes = [info(`${workspace.name}: no checkpoint found. Starting from the beginning.`)];
    return { ...request, checkpoint, savedData: {}, differences: [], notes };
  }
  const { setting, progress } = checkpoint.state;
  const merged = mergeOptions(options, given, setting, { isPath, nameOf: optionFlag });
  const savedData = savedDataOf(setting.options, given);
  const located = Object.entries(savedData).map(([name, path]) => [name, workspace.locate(path)]);
  return {
    options: { ...(merged.options as unknown as RunOptions), ...Object.fromEntries(located) },
    savedData,
    given: merged.given as ReadonlySet<keyof RunOptions>,
    differences: merged.differences,
    checkpoint,
    notes: [
      ...damages.map((damage) => warning(`${damage}. The checkpoint is skipped.`, "note/skipped-checkpoint")),
      info(`${workspace.name}: resuming after step ${progress.steps}`),
    ],
  };
}

/** Returns the paths of data files that the API or the demo page saved in the workspace, next to the checkpoints. */
function savedDataOf(
  { trainFeatures, evalFeatures }: Readonly<Record<string, unknown>>,
  given: TaskRequest["given"],
): SavedData {
  const entries = Object.entries({ trainFeatures, evalFeatures }).filter(
    ([name, path]) => typeof path === "string" && path.startsWith("data/") && !given.has(name as keyof RunOptions),
  );
  return Object.fromEntries(entries) as SavedData;
}
