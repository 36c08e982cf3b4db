import { BertieError, Random } from "@bertie/common";
import { initializeParameters } from "../initialize.ts";
import { type ParameterSpec, parameterSpecs } from "../parameters.ts";
import { type LoadedParameters, loadPretrained } from "../pretrained.ts";
import { type ModelDirectory, missingFile } from "./read-directory.ts";

export interface ClassifierParametersOptions {
  /** In the order of their ids. @default the labels of the configuration */
  readonly labels?: readonly string[] | undefined;
  /** Random seed for the parameters that the weights lack. @default 42 */
  readonly seed?: number | undefined;
  /** Refuses a model that has not been fine-tuned, so that no parameter is random. @default false */
  readonly requireTrained?: boolean | undefined;
}

/** The parameters of a classifier. */
export type ClassifierParameters = LoadedParameters & {
  /** In the order of their ids. */
  readonly labels: readonly string[];
  readonly specs: readonly ParameterSpec[];
};

/**
 * Takes the parameters of a classifier from a model directory. Where the directory has no weights, every parameter is
 * drawn at random; where the weights lack the pooler or the classifier, those are.
 *
 * @throws BertieError "input/no-labels" where neither the options nor the configuration names labels,
 *   "weights/missing-tensor", "weights/shape-mismatch", "weights/duplicate-tensor"; with `requireTrained`
 *   "input/missing-file" without weights
 *
 * @example
 * const directory = await readModelDirectory(source);
 * const { labels, parameters } = loadClassifierParameters(directory, { requireTrained: true });
 * parameters.get("classifier.weight"); // Float32Array, [labels.length, hiddenSize]
 */
export function loadClassifierParameters(
  directory: Pick<ModelDirectory, "name" | "files" | "config" | "tensors">,
  { labels = directory.config.labels, seed = 42, requireTrained = false }: ClassifierParametersOptions = {},
): ClassifierParameters {
  const { files, config, tensors } = directory;
  if (labels === undefined) {
    const text = `${files.config}: names no labels, so the model is not a classifier. Fine-tune the model first.`;
    throw new BertieError("input/no-labels", text);
  }
  const specs = parameterSpecs(config, labels.length);
  const random = new Random(seed, "initialize");
  const { initializerRange } = config;
  if (tensors === undefined || files.weights === undefined) {
    if (requireTrained) throw missingFile(directory, "model.safetensors");
    const parameters = initializeParameters(specs, initializerRange, random);
    return { labels, specs, parameters, initialized: specs.map(({ name }) => name), ignored: [] };
  }
  const loaded = loadPretrained(specs, tensors, { random, initializerRange, fileName: files.weights });
  const [missing] = loaded.initialized;
  if (requireTrained && missing !== undefined) {
    const text = `${files.weights}: has no tensor ${missing}. Fine-tune the model first.`;
    throw new BertieError("weights/missing-tensor", text);
  }
  return { labels, specs, ...loaded };
}
