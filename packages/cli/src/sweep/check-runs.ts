import process from "node:process";
import { BertieError } from "@bertie/common";
import { type Resolved, resolveGiven } from "../options/command-line.ts";
import { type RunOptions, runOptions } from "../options/run-options.ts";
import { camelCase } from "../options/table.ts";
import { completeTableRun } from "../tables/table-run.ts";
import { checkOptions } from "../train/check-options.ts";
import type { Assignment } from "./search-space.ts";

/**
 * Checks the options of a run as `bertie train` does before it reads data, and that the run trains and evaluates.
 *
 * @param where where the options are from, for messages
 * @returns the options, completed for tables
 * @throws BertieError "options/…" or "input/…"
 */
export async function checkRun(assignment: Assignment, where: string): Promise<RunOptions> {
  const entries = Object.entries(assignment).map(
    ([name, value]) => [camelCase(name), { value, source: name }] as const,
  );
  const resolved: Resolved<typeof runOptions> = resolveGiven(runOptions, new Map(entries));
  const { options } = await completeTableRun([], {
    ...resolved,
    options: { ...resolved.options, outputDir: "runs/x" },
  });
  checkOptions(options, process.env.WORLD_SIZE);
  if (options.doTrain && options.doEval) return options;
  const text = `${where}: every run must train and evaluate. Add do-train = true and do-eval = true, or tables with train-file.`;
  throw new BertieError("options/sweep", text);
}
