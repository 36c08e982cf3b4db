import { BertieError, Random } from "@bertie/common";
import { initializeParameters } from "../initialize.ts";
import { type ParameterSpec, parameterSpecs } from "../parameters.ts";
import { type LoadedParameters, loadPretrained } from "../pretrained.ts";
import { type ModelDirectory, missingFile } from "./read-directory.ts";

/** Options of {@link loadClassifierParameters}. */
export interface ClassifierParametersOptions {
  /** Labels in the order of their ids. @default the labels of the configuration */
  readonly labels?: readonly string[] | undefined;
  /** Random seed for parameters that are not in the weights. @default 42 */
  readonly seed?: number | undefined;
  /**
   * Whether to throw if any parameter is not in the weights, as in a model that has not been fine-tuned. @default false
   */
  readonly requireTrained?: boolean | undefined;
}

/** Labels and parameters of a classifier. */
export type ClassifierParameters = LoadedParameters & {
  /** Labels in the order of their ids. */
  readonly labels: readonly string[];
  readonly specs: readonly ParameterSpec[];
};

/**
 * Returns the parameters of a classifier from a model directory.
 *
 * A missing pooler or classifier is initialized at random. If the directory has no weights, all parameters are initialized
 * at random.
 *
 * @param directory model directory, as returned by {@link readModelDirectory}
 * @throws BertieError "input/no-labels" if neither the options nor the configuration has labels, "input/missing-file"
 *   if `requireTrained` is set and there are no weights, "weights/missing-tensor", "weights/shape-mismatch" or
 *   "weights/duplicate-tensor" if the weights do not match the model
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { loadClassifierParameters, readModelDirectory } from "@bertie/model";
 *
 * const folder = "packages/model/fixtures/tiny-bert";
 * const source = { name: folder, read: (path: string) => readFile(`${folder}/${path}`).catch(() => undefined) };
 * const weights = { name: "init.safetensors", read: () => readFile(`${folder}/init.safetensors`) };
 * const directory = await readModelDirectory(source, { weights });
 * const labels = ["negative", "neutral", "positive"];
 * const { parameters } = loadClassifierParameters(directory, { labels, requireTrained: true });
 * console.log(parameters.get("classifier.weight")!.length / labels.length); // 32, the hidden size
 * ```
 */
export function loadClassifierParameters(
  directory: Pick<ModelDirectory, "name" | "files" | "config" | "tensors">,
  { labels = directory.config.labels, seed = 42, requireTrained = false }: ClassifierParametersOptions = {},
): ClassifierParameters {
  const { files, config, tensors } = directory;
  if (labels === undefined) {
    const text = `${files.config}: the configuration has no labels, so the model is not a classifier. Fine-tune the model first.`;
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
    const text = `${files.weights}: tensor ${missing} is missing, so the model is not fine-tuned. Fine-tune the model first.`;
    throw new BertieError("weights/missing-tensor", text);
  }
  return { labels, specs, ...loaded };
}
