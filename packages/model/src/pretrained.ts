import { BertieError, quote, type Random } from "@bertie/common";
import { initializeParameters } from "./initialize.ts";
import type { ParameterSpec } from "./parameters.ts";
import type { NamedTensors, WeightTensor } from "./weights/tensor.ts";

/** Parameters loaded from a weight file. */
export type LoadedParameters = {
  /** Values of every parameter by name, in the order of the specs. May share memory with the bytes of the file. */
  readonly parameters: Map<string, Float32Array>;
  /** Names of parameters that are not in the file and were initialized at random. */
  readonly initialized: readonly string[];
  /** Names of tensors in the file that the model does not use. */
  readonly ignored: readonly string[];
};

/** Options of {@link loadPretrained}. */
export type LoadOptions = {
  /**
   * Generator for parameters that are not in the file. One number is drawn even if no parameter is missing, so that
   * later draws do not depend on the file.
   */
  readonly random: Random;
  /** Standard deviation of randomly initialized weights. */
  readonly initializerRange: number;
  /** File name used in error messages. @default "weights" */
  readonly fileName?: string;
};

/** Parameters that a file can lack, because encoders are published without a classifier and often without a pooler. */
const OPTIONAL = /^(\w+\.pooler|classifier|pre_classifier)\./;

/** Tensors of heads for pre-training and for other tasks, which a classifier does not use. */
const OTHER_HEADS =
  /^(cls|discriminator_predictions|generator_predictions|generator_lm_head|vocab_(transform|layer_norm|projector)|qa_outputs|lm_head|generator)\./;

/** Returns whether a tensor belongs to a pooler, a classifier or another head. */
export function isHeadTensor(name: string): boolean {
  const plain = name.replace(/^module\./, "");
  return OPTIONAL.test(plain) || OTHER_HEADS.test(plain);
}

/** Buffers that do not contain weights. */
const BUFFERS = /(^|\.)position_ids$/;

/**
 * Maps the tensors of a weight file to the parameters of a model, as float32.
 *
 * Tensor names can have the prefix `bert.` (or the prefix of another architecture), or none, and the prefixes of PyTorch's
 * wrappers, such as `module.` of DataParallel and `_orig_mod.` of torch.compile.
 * LayerNorm parameters can be named gamma and beta, as in Google's checkpoints. A missing pooler or classifier is
 * initialized at random.
 *
 * @param specs parameters of the model
 * @param tensors tensors of the file, as returned by {@link readWeights}
 * @throws BertieError "weights/missing-tensor" if the encoder is incomplete, "weights/shape-mismatch" if the
 *   shapes of a tensor and its parameter differ, "weights/duplicate-tensor" if two tensors map to one parameter
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Random } from "@bertie/common";
 * import { bertConfigFromJson, loadPretrained, parameterSpecs, readWeights } from "@bertie/model";
 *
 * const folder = "packages/model/fixtures/tiny-bert";
 * const config = bertConfigFromJson(await readFile(`${folder}/bert_config.json`, "utf8"), "bert_config.json");
 * const tensors = readWeights(await readFile(`${folder}/init.safetensors`), "init.safetensors");
 * const random = new Random(42, "initialize");
 * const { parameters } = loadPretrained(parameterSpecs(config, 3), tensors, { random, initializerRange: 0.02 });
 * console.log(parameters.get("classifier.weight")!.length); // 96
 * ```
 */
export function loadPretrained(
  specs: readonly ParameterSpec[],
  tensors: NamedTensors,
  { random, initializerRange, fileName = "weights" }: LoadOptions,
): LoadedParameters {
  const { sources, ignored } = matchTensors(specs, tensors, fileName);
  const missing = specs.filter(({ name }) => !sources.has(name));
  const required = missing.find(({ name }) => !OPTIONAL.test(name));
  if (required) {
    const text = `${fileName}: tensor ${required.name} is missing. Check that the file contains BERT weights and matches the configuration.`;
    throw new BertieError("weights/missing-tensor", text);
  }
  // Shapes are checked before any allocation, because a configuration can describe far more memory than the file has.
  for (const spec of specs) {
    const source = sources.get(spec.name);
    if (source) checkShape(spec, source.tensor, fileName);
  }
  const initial = initializeParameters(missing, initializerRange, random);
  const parameters = new Map<string, Float32Array>();
  for (const { name } of specs) parameters.set(name, sources.get(name)?.tensor.toFloat32() ?? initial.get(name)!);
  return { parameters, initialized: missing.map(({ name }) => name), ignored };
}

/**
 * Returns warnings about parameters initialized at random and about ignored tensors, one line each; empty if the file
 * and the model match.
 *
 * @example
 * ```ts
 * import { loadWarnings } from "@bertie/model";
 *
 * const loaded = { parameters: new Map(), initialized: ["classifier.weight"], ignored: [] };
 * console.log(loadWarnings(loaded, "model.safetensors"));
 * // ["model.safetensors: classifier.weight is missing and was initialized at random. Train the model before using it."]
 * ```
 */
export function loadWarnings({ initialized, ignored }: LoadedParameters, fileName: string): string[] {
  const warnings: string[] = [];
  if (initialized.length > 0) {
    const verbs = initialized.length > 1 ? "are missing and were" : "is missing and was";
    warnings.push(`${fileName}: ${list(initialized)} ${verbs} initialized at random. Train the model before using it.`);
  }
  const unknown = ignored.filter((name) => !OTHER_HEADS.test(withoutWrappers(name)) && !BUFFERS.test(name));
  if (unknown.length > 0) warnings.push(`${fileName}: ignored tensors that the model does not use: ${list(unknown)}`);
  return warnings;
}

/**
 * Returns notes about heads in the weights that a classifier does not use, such as the language-model head of pre-training;
 * empty if there are none.
 *
 * @example
 * ```ts
 * import { loadNotes } from "@bertie/model";
 *
 * const loaded = { parameters: new Map(), initialized: [], ignored: ["cls.predictions.bias"] };
 * console.log(loadNotes(loaded, "pytorch_model.bin"));
 * // ["pytorch_model.bin: a classifier does not use the head of pre-training or of another task: cls.predictions.bias"]
 * ```
 */
export function loadNotes({ ignored }: LoadedParameters, fileName: string): string[] {
  const heads = ignored.filter((name) => OTHER_HEADS.test(withoutWrappers(name)));
  if (heads.length === 0) return [];
  return [`${fileName}: a classifier does not use the head of pre-training or of another task: ${list(heads)}`];
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 6).map(printable).join(", ");
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}

/** Returns a tensor's name, quoted if it contains unusual characters. */
function printable(name: string): string {
  return /^[\w.-]{1,100}$/.test(name) ? name : quote(name);
}

/** Returns a tensor's name without the names of PyTorch's wrappers: DataParallel, torch.compile and FSDP. */
export function withoutWrappers(name: string): string {
  return name
    .replace(/^module\./, "")
    .replace(/(^|\.)(?:(?:_orig_mod|_fsdp_wrapped_module|_forward_module)\.)+/g, "$1");
}

/** Tensor of a weight file, and its name in the file. */
type Source = { readonly name: string; readonly tensor: WeightTensor };

/**
 * Returns the tensor of each parameter that the file contains, and the names of the other tensors.
 *
 * @throws BertieError "weights/duplicate-tensor" if two tensors map to one parameter
 */
export function matchTensors(specs: readonly ParameterSpec[], tensors: NamedTensors, fileName: string) {
  const wanted = new Set(specs.map(({ name }) => name));
  const prefix = specs[0]!.name.split(".")[0]!;
  const sources = new Map<string, Source>();
  const ignored: string[] = [];
  for (const [name, tensor] of tensors) {
    const plain = withoutWrappers(name)
      .replace(/\.gamma$/, ".weight")
      .replace(/\.beta$/, ".bias");
    // Conversions of ERNIE and ELECTRA to BERT, and the other way round, can keep the old prefix.
    const inner = plain.replace(/^(bert|ernie|electra)\./, "");
    const target = [plain, `${prefix}.${inner}`].find((candidate) => wanted.has(candidate));
    if (target === undefined) {
      ignored.push(name);
      continue;
    }
    const other = sources.get(target);
    if (other) {
      const text = `${fileName}: tensors ${other.name} and ${name} both map to parameter ${target}. Remove one of them.`;
      throw new BertieError("weights/duplicate-tensor", text);
    }
    sources.set(target, { name, tensor });
  }
  return { sources, ignored };
}

function checkShape(spec: ParameterSpec, tensor: WeightTensor, fileName: string): void {
  const { name, shape } = spec;
  if (tensor.shape.length === shape.length && shape.every((size, axis) => size === tensor.shape[axis])) return;
  const difference = `${fileName}: tensor ${name} has shape ${quote(tensor.shape)}, but the model requires [${shape}]`;
  const isOutputLayer = /^classifier\.(out_proj\.)?(weight|bias)$/.test(name);
  const remedy = isOutputLayer
    ? `Number of labels in the weights: ${tensor.shape[0] ?? 0}; in the data: ${shape[0]}. To train a new classifier for the labels of the data, set newLabels (--new-labels).`
    : "Use the configuration that matches the weights.";
  throw new BertieError("weights/shape-mismatch", `${difference}. ${remedy}`);
}
