import { readInput } from "@bertie/classifier/node";
import { decodeText } from "@bertie/common";
import { parseClassWeights } from "@bertie/data";
import type { TaskRequest } from "./prepare-task.ts";

/**
 * Replaces the file of `--class-weights` with its contents as JSON, so that the record of the run contains the weights.
 *
 * @throws BertieError "input/missing-file" if there is no such file, "options/class-weights" if it is malformed
 */
export async function withClassWeights(request: TaskRequest): Promise<TaskRequest> {
  const { classWeights } = request.options;
  if (classWeights === undefined || classWeights === "balanced") return request;
  const weights = parseClassWeights(decodeText(await readInput(classWeights), classWeights), classWeights);
  const sorted = Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...request, options: { ...request.options, classWeights: JSON.stringify(Object.fromEntries(sorted)) } };
}
