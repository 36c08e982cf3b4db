import { readInput } from "@bertie/classifier/node";
import { decodeText } from "@bertie/common";
import { parseClassWeights } from "@bertie/data";
import type { RunOptions } from "../options/run-options.ts";

/**
 * Replaces the file of `--class-weights` with its contents as JSON, so that the record of the run contains the weights.
 *
 * @throws BertieError "input/missing-file" if there is no such file, "options/class-weights" if it is malformed
 */
export async function withClassWeights(options: RunOptions): Promise<RunOptions> {
  const { classWeights } = options;
  if (classWeights === undefined || classWeights === "balanced") return options;
  const weights = parseClassWeights(decodeText(await readInput(classWeights), classWeights), classWeights);
  const sorted = Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...options, classWeights: JSON.stringify(Object.fromEntries(sorted)) };
}
