import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { BertieError } from "@bertie/common";
import type { RunOptions } from "../options/run-options.ts";
import { optionFlag } from "../train/recorded-options.ts";
import { findTables, findTablesOfSet } from "./find-tables.ts";

/** Options of a command, completed for tables. */
export interface TableRun {
  readonly options: RunOptions;
  readonly given: ReadonlySet<keyof RunOptions>;
  /** What was chosen for the user, one line per choice. */
  readonly notes: readonly string[];
}

/** Fraction of the rows that is held out for evaluation, unless the user sets another. */
const EVAL_FRACTION = 0.1;

/** Returns whether a run reads tables instead of the files of a task. */
export function readsTables({
  trainFile,
  evalFile,
  testFile,
}: Pick<RunOptions, "trainFile" | "evalFile" | "testFile">) {
  return trainFile !== undefined || evalFile !== undefined || testFile !== undefined;
}

/**
 * Completes the options of `bertie train` for tables: finds the files, and trains, evaluates and classifies the test set
 * unless the options say otherwise. Options for the files of a task are returned unchanged.
 *
 * @param tables arguments of the command: files, patterns, directories, or `-` for stdin
 * @throws BertieError "input/missing-file" or "input/no-tables" if a table does not exist, "options/conflict" if the files of
 *   a task are requested, too
 */
export async function completeTableRun(
  tables: readonly string[],
  { options: requested, given }: Pick<TableRun, "options" | "given">,
): Promise<TableRun> {
  const trainPaths = [...tables, ...(requested.trainFile ?? [])];
  if (!readsTables({ ...requested, trainFile: trainPaths.length > 0 ? trainPaths : undefined }))
    return { options: requested, given, notes: [] };
  refuseTaskFiles(requested, given);
  const found = await findTables(trainPaths);
  const evalFile = [...(await findTablesOfSet(requested.evalFile ?? [])), ...found.evaluation];
  const testFile = [...(await findTablesOfSet(requested.testFile ?? [])), ...found.test];
  const doTrain = given.has("doTrain") ? requested.doTrain : found.train.length > 0;
  const hasRows = doTrain || evalFile.length > 0;
  const doEval = given.has("doEval") ? requested.doEval : hasRows;
  const doPredict = given.has("doPredict") ? requested.doPredict : testFile.length > 0;
  const splits = doTrain && doEval && evalFile.length === 0 && requested.folds === undefined;
  const outputDir = requested.outputDir ?? (doTrain && !requested.dryRun ? newOutputDir(found.train[0]!) : undefined);
  const options: RunOptions = {
    ...requested,
    trainFile: nonEmpty(found.train),
    evalFile: doEval ? nonEmpty(evalFile) : undefined,
    testFile: doPredict ? nonEmpty(testFile) : undefined,
    evalFraction: requested.evalFraction ?? (splits ? EVAL_FRACTION : undefined),
    ...{ doTrain, doEval, doPredict, outputDir },
  };
  const notes = [
    ...found.notes,
    ...(requested.outputDir === undefined && outputDir !== undefined ? [`writing to ${outputDir} (--output-dir)`] : []),
  ];
  return { options, given, notes };
}

/**
 * Completes the options of `bertie eval`, for tables or for the files of a task.
 *
 * @param tables arguments of the command: files, patterns, directories, or `-` for stdin
 * @throws BertieError like {@link completeTableRun}
 */
export async function completeEvaluation(
  tables: readonly string[],
  { options, given }: Pick<TableRun, "options" | "given">,
): Promise<TableRun> {
  const paths = [...tables, ...(options.evalFile ?? [])];
  const request = { ...options, trainFile: undefined, testFile: undefined, evalFraction: undefined, doEval: true };
  if (paths.length === 0) return { options: { ...request, evalFile: undefined }, given, notes: [] };
  refuseTaskFiles(options, given);
  const found = await findTables(paths);
  const evalFile = found.evaluation.length > 0 ? found.evaluation : [...found.train, ...found.test];
  return { options: { ...request, evalFile }, given, notes: found.notes };
}

function refuseTaskFiles(options: RunOptions, given: ReadonlySet<keyof RunOptions>): void {
  const conflict = (["taskName", "dataDir", "trainFeatures", "evalFeatures"] as const).find((name) => given.has(name));
  if (conflict === undefined) return;
  const flag = optionFlag(conflict);
  const text = `${flag} ${options[conflict]} cannot be combined with a table. Remove ${flag}, or the table.`;
  throw new BertieError("options/conflict", text);
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** Returns a directory for the results that does not exist: `runs/reviews`, or `runs/reviews-2`. */
function newOutputDir(table: string): string {
  const name = runName(table);
  for (let number = 1; ; number++) {
    const path = join("runs", number === 1 ? name : `${name}-${number}`);
    if (!existsSync(path) && !existsSync(`${path}.unfinished`)) return path;
  }
}

/** Returns the name of a run on a table: the name of the file, or of its directory for names such as train.csv. */
export function runName(table: string): string {
  const stem = basename(table === "-" ? "stdin" : table).replace(/(\.[a-z]{2,7}){1,2}$/i, "");
  const isSet = /^(train(ing)?|data)$/i.test(stem) && table !== "-";
  return (isSet ? basename(dirname(resolve(table))) : stem) || "table";
}
