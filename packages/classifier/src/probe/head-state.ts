import { float32, tooLargeForInt8 } from "@bertie/engine";
import { type EvaluationPrograms, prepareFrozenEvaluation } from "@bertie/optim";
import { type DataSet, isLabeled } from "../data/data-set.ts";
import type { PreparedRun } from "../run/prepared-run.ts";
import { isHead } from "./encoder-features.ts";

/** Writes the pooler and the classifier to the state of the executor. */
export async function writeHead(
  { executor, specs }: Pick<PreparedRun, "executor" | "specs">,
  parameters: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  for (const { name, shape } of specs)
    if (isHead(name)) await executor.write(name, float32(parameters.get(name)!, shape));
}

/**
 * Compiles a program that evaluates a set with constant parameters, which is faster than with the state of the executor.
 *
 * @returns undefined if the executor or the precision requires the state
 */
export async function frozenPrograms(
  { executor, classifier, options, precision }: Pick<PreparedRun, "executor" | "classifier" | "options" | "precision">,
  set: DataSet,
  parameters: ReadonlyMap<string, Float32Array>,
): Promise<EvaluationPrograms | undefined> {
  if (precision.type !== "float32") return undefined;
  const quantized = precision.name === "int8";
  const programs = await prepareFrozenEvaluation(executor, classifier, parameters, {
    maxLength: options.maxLength,
    labeled: isLabeled(set),
    quantized,
  });
  if (programs === undefined && quantized) throw tooLargeForInt8();
  return programs;
}
