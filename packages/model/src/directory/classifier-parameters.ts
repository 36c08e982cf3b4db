import { BertieError, Random } from "@bertie/common";
import { headLayers } from "../architectures.ts";
import type { BertConfig } from "../config.ts";
import { initializeParameters } from "../initialize.ts";
import { type ParameterSpec, parameterSpecs } from "../parameters.ts";
import { type LoadedParameters, loadPretrained, matchTensors, withoutWrappers } from "../pretrained.ts";
import type { NamedTensors } from "../weights/tensor.ts";
import { noWeightsError } from "./find-weights.ts";
import type { ModelDirectory } from "./read-directory.ts";

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
  /** Whether to replace the output layer of the weights by a new one for the labels. @default false */
  readonly newLabels?: boolean | undefined;
  /** Whether to initialize all parameters at random, instead of reading the weights. @default false */
  readonly randomWeights?: boolean | undefined;
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
 * A missing pooler or classifier is initialized at random.
 *
 * @param directory model directory, as returned by {@link readModelDirectory}
 * @throws BertieError "input/no-labels" if neither the options nor the configuration has labels, "weights/missing" or
 *   "weights/unknown-format" if the directory has no weights that Bertie can read, "weights/missing-tensor",
 *   "weights/shape-mismatch" or "weights/duplicate-tensor" if the weights do not match the model
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
  directory: WeightsOfDirectory,
  options: ClassifierParametersOptions = {},
): ClassifierParameters {
  const { files, config } = directory;
  const { labels = config.labels, seed = 42, requireTrained, newLabels, randomWeights } = options;
  if (labels === undefined) {
    const text = `${files.config}: the configuration has no labels, so the model is not fine-tuned for classification. Fine-tune the model first.`;
    throw new BertieError("input/no-labels", text);
  }
  if (requireTrained) checkFineTuned(directory);
  const specs = parameterSpecs(config, labels.length);
  const random = new Random(seed, "initialize");
  const { initializerRange } = config;
  if (randomWeights) {
    const parameters = initializeParameters(specs, initializerRange, random);
    return { labels, specs, parameters, initialized: specs.map(({ name }) => name), ignored: [] };
  }
  const { tensors, fileName } = requireWeights(directory, true);
  const kept = newLabels ? withoutOutputLayer(tensors, config) : tensors;
  return { labels, specs, ...loadPretrained(specs, kept, { random, initializerRange, fileName }) };
}

/**
 * Checks that a model has been fine-tuned: that its weights contain every parameter of a classifier.
 *
 * @param directory model directory, as returned by {@link readModelDirectory}
 * @throws BertieError "weights/missing-tensor" if the pooler or the classifier is missing, "weights/missing" or
 *   "weights/unknown-format" if the directory has no weights that Bertie can read
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { checkFineTuned, readModelDirectory } from "@bertie/model";
 *
 * const folder = "examples/models/bge-small-zh-v1.5"; // pre-trained only
 * const source = { name: folder, read: (path: string) => readFile(`${folder}/${path}`).catch(() => undefined) };
 * try {
 *   checkFineTuned(await readModelDirectory(source));
 * } catch (error) {
 *   console.log((error as { code?: string }).code); // weights/missing-tensor
 * }
 * ```
 */
export function checkFineTuned(directory: WeightsOfDirectory): void {
  const { tensors, fileName } = requireWeights(directory, false);
  const { architecture = "" } = directory.config;
  if (/For(MultipleChoice|TokenClassification)$/.test(architecture)) {
    const text = `${directory.files.config}: "architectures" is ${architecture}, whose head does not classify texts. Use a model for sequence classification, or fine-tune this model with new labels.`;
    throw new BertieError("config/unsupported", text);
  }
  const specs = parameterSpecs(directory.config, 1);
  const { sources } = matchTensors(specs, tensors, fileName);
  const missing = specs.find(({ name }) => !sources.has(name));
  if (missing === undefined) return;
  const text = `${fileName}: tensor ${missing.name} is missing, so the model is not fine-tuned. Fine-tune the model first.`;
  throw new BertieError("weights/missing-tensor", text);
}

/** Weights of a model directory, and the facts that messages name. */
export type WeightsOfDirectory = Pick<ModelDirectory, "name" | "files" | "config" | "tensors" | "contents">;

/** Returns the weights of a model directory, or throws the error for a directory without weights. */
export function requireWeights({ name, files, config, tensors, contents }: WeightsOfDirectory, allowsRandom: boolean) {
  if (tensors !== undefined && files.weights !== undefined) return { tensors, fileName: files.weights };
  throw noWeightsError(name, contents, { isClassifier: config.labels !== undefined, allowsRandom });
}

function withoutOutputLayer(tensors: NamedTensors, config: BertConfig): NamedTensors {
  const { output: layer } = headLayers(config);
  return new Map([...tensors].filter(([name]) => !withoutWrappers(name).startsWith(`${layer}.`)));
}
