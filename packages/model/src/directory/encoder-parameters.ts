import { Random } from "@bertie/common";
import type { BertConfig } from "../config.ts";
import { type ParameterSpec, parameterSpecs } from "../parameters.ts";
import { isHeadTensor, loadPretrained } from "../pretrained.ts";
import { requireWeights, type WeightsOfDirectory } from "./classifier-parameters.ts";

/** Parameters of an encoder without a pooler and a classifier. */
export interface EncoderParameters {
  readonly specs: readonly ParameterSpec[];
  /** Values of every parameter by name. */
  readonly parameters: Map<string, Float32Array>;
  /** Names of tensors that are neither part of the encoder nor of a known head. */
  readonly ignored: readonly string[];
  /** Whether the weights contain a classifier or another head, which is not loaded. */
  readonly hasHead: boolean;
}

/**
 * Returns the parameters of the encoder in a model directory. Poolers, classifiers and heads of pre-training are not
 * loaded.
 *
 * @param directory model directory, as returned by `readModelDirectory()`
 * @throws BertieError "weights/missing" or "weights/unknown-format" if the directory has no weights that Bertie can read,
 *   "weights/missing-tensor", "weights/shape-mismatch" or "weights/duplicate-tensor" if the weights do not match the model
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { loadEncoderParameters, readModelDirectory } from "@bertie/model";
 *
 * const folder = "examples/models/bge-small-zh-v1.5";
 * const read = (path: string) => readFile(`${folder}/${path}`).catch(() => undefined);
 * const { specs, hasHead } = loadEncoderParameters(await readModelDirectory({ name: folder, read }));
 * console.log(specs[0]!.shape, hasHead); // [21128, 512] false
 * ```
 */
export function loadEncoderParameters(directory: WeightsOfDirectory): EncoderParameters {
  const { config } = directory;
  const { tensors, fileName } = requireWeights(directory, false);
  const specs = encoderSpecs(config);
  // Every parameter of an encoder is required, so nothing is initialized at random.
  const random = new Random(0, "initialize");
  const { parameters, ignored } = loadPretrained(specs, tensors, { random, initializerRange: 0, fileName });
  const heads = ignored.filter(isHeadTensor);
  return {
    specs,
    parameters,
    ignored: ignored.filter((name) => !isHeadTensor(name) && !isPooler(name)),
    hasHead: heads.length > heads.filter(isPooler).length,
  };
}

function encoderSpecs(config: BertConfig): readonly ParameterSpec[] {
  return parameterSpecs(config, 1).filter(({ name }) => !isHeadTensor(name));
}

function isPooler(name: string): boolean {
  return /(^|\.)(pooler\.|position_ids$)/.test(name);
}
