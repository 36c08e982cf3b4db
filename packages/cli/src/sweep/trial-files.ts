import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Assignment } from "./search-space.ts";

/** Numbers in the results of a run. */
export type Metrics = Readonly<Record<string, number>>;

/** Metrics and duration of a finished run. */
export interface FinishedRun {
  readonly results: Metrics;
  readonly seconds: number;
}

/** Reads the results of a run; undefined if the run is not finished. */
export function readFinishedRun(directory: string): FinishedRun | undefined {
  const [record, results] = ["run.json", "eval_results.json"].map((name) => readJson(join(directory, name)));
  if (record === undefined) return undefined;
  const { seconds } = record;
  const numbers = Object.entries(results ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  return { results: Object.fromEntries(numbers), seconds: typeof seconds === "number" ? seconds : Number.NaN };
}

/** Returns whether a run was interrupted after a checkpoint. */
function isUnfinished(directory: string): boolean {
  const checkpoints = join(`${directory}.unfinished`, "checkpoints");
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => !name.startsWith("."));
}

/**
 * Writes the options of a run to a file for `--config`, and returns the arguments of `bertie train`: with the file, or to
 * resume the run.
 */
export async function prepareArguments(directory: string, options: Assignment, configFile: string): Promise<string[]> {
  if (isUnfinished(directory)) return ["--resume", directory];
  await writeAtomically(configFile, `${JSON.stringify(options, null, 2)}\n`);
  return ["--config", configFile, "--output-dir", directory];
}

/** Writes a file that readers see complete or not at all. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const staged = `${path}.new`;
  await writeFile(staged, text);
  await rename(staged, path).catch(async (error: unknown) => {
    await rm(staged, { force: true });
    throw error;
  });
}

function readJson(path: string): Record<string, unknown> | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>) : undefined;
}
