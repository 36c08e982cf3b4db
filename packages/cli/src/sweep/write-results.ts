import type { Experiment } from "./experiment.ts";
import { objectiveOf, resultLine } from "./results.ts";
import type { SweepOptions } from "./sweep-options.ts";
import type { TrialResult } from "./trial.ts";

/** Writes results.jsonl, without runs that were interrupted. */
export async function writeResults(
  experiment: Experiment,
  results: readonly TrialResult[],
  options: SweepOptions,
): Promise<void> {
  const objective = objectiveOf(options);
  const recorded = results.filter(({ status }) => status !== "interrupted");
  await experiment.write("results.jsonl", recorded.map((each) => resultLine(each, objective)).join(""));
}
