import { BertieError, type Random } from "@bertie/common";
import { initializeParameters } from "./initialize.ts";
import type { ParameterSpec } from "./parameters.ts";
import { quote } from "./quote.ts";
import type { NamedTensors, WeightTensor } from "./weights/tensor.ts";

/** What became of a weight file. */
export type LoadedParameters = {
  /** Every parameter's values, in the order of the specs. May share memory with the file's bytes. */
  readonly parameters: Map<string, Float32Array>;
  /** Parameters that the file does not have, freshly drawn. */
  readonly initialized: readonly string[];
  /** Tensors of the file, under their names there, that the model has no use for. */
  readonly ignored: readonly string[];
};

export type LoadOptions = {
  /** Draws what the file does not have; used even where it has all, so that nothing after depends on the file. */
  readonly random: Random;
  readonly initializerRange: number;
  /** For messages. */
  readonly fileName?: string;
};

/** A file may lack these: encoders are published without a head, and often without a pooler. */
const MAY_BE_MISSING = /^(bert\.pooler|classifier)\./;

/**
 * Takes a model's parameters from a weight file's tensors.
 *
 * Names may carry the prefixes `bert.`, `module.` (of torch's DataParallel) or both, or none; LayerNorm's tensors may
 * be called gamma and beta, as Google's are. Every type becomes float32.
 *
 * @throws BertieError weights/missing-tensor, weights/shape-mismatch, weights/duplicate-tensor
 */
export function loadPretrained(
  specs: readonly ParameterSpec[],
  tensors: NamedTensors,
  { random, initializerRange, fileName = "weights" }: LoadOptions,
): LoadedParameters {
  const { sources, ignored } = matchNames(specs, tensors, fileName);
  const missing = specs.filter(({ name }) => !sources.has(name));
  const needed = missing.find(({ name }) => !MAY_BE_MISSING.test(name));
  if (needed) {
    const text = `${fileName}: no tensor ${needed.name}; are these the weights of a BERT with as many layers as its configuration says?`;
    throw new BertieError("weights/missing-tensor", text);
  }
  // Before anything is made: a configuration may ask for far more memory than the weights that come with it.
  for (const spec of specs) {
    const source = sources.get(spec.name);
    if (source) checkShape(spec, source.tensor, fileName);
  }
  const fresh = initializeParameters(missing, initializerRange, random);
  const parameters = new Map<string, Float32Array>();
  for (const { name } of specs) parameters.set(name, sources.get(name)?.tensor.toFloat32() ?? fresh.get(name)!);
  return { parameters, initialized: missing.map(({ name }) => name), ignored };
}

/** One line for each thing about a load that its user should know; none where the file and the model agree. */
export function loadWarnings({ initialized, ignored }: LoadedParameters, fileName: string): string[] {
  const list = (names: readonly string[]) => {
    const shown = names.slice(0, 6).map(printable).join(", ");
    return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
  };
  const warnings: string[] = [];
  if (initialized.length > 0) {
    warnings.push(`${fileName} has no ${list(initialized)}: initialized at random, to be trained before use`);
  }
  if (ignored.length > 0) warnings.push(`${fileName}: ignored what the model has no use for: ${list(ignored)}`);
  return warnings;
}

/** A tensor's name as it is where it is an ordinary one. */
function printable(name: string): string {
  return /^[\w.-]{1,100}$/.test(name) ? name : quote(name);
}

type Source = { readonly name: string; readonly tensor: WeightTensor };

function matchNames(specs: readonly ParameterSpec[], tensors: NamedTensors, fileName: string) {
  const wanted = new Set(specs.map(({ name }) => name));
  const sources = new Map<string, Source>();
  const ignored: string[] = [];
  for (const [name, tensor] of tensors) {
    const plain = name
      .replace(/^module\./, "")
      .replace(/\.gamma$/, ".weight")
      .replace(/\.beta$/, ".bias");
    const target = [plain, `bert.${plain}`].find((candidate) => wanted.has(candidate));
    if (target === undefined) {
      ignored.push(name);
      continue;
    }
    const other = sources.get(target);
    if (other) {
      const text = `${fileName}: ${other.name} and ${name} both name ${target}; delete the one that is not meant`;
      throw new BertieError("weights/duplicate-tensor", text);
    }
    sources.set(target, { name, tensor });
  }
  return { sources, ignored };
}

function checkShape(spec: ParameterSpec, tensor: WeightTensor, fileName: string): void {
  const { name, shape } = spec;
  if (tensor.shape.length === shape.length && shape.every((size, axis) => size === tensor.shape[axis])) return;
  const difference = `${fileName}: ${name} has shape ${quote(tensor.shape)}, but the model needs [${shape}]`;
  const isClassifier = name.startsWith("classifier.");
  const mend = isClassifier
    ? `these weights tell ${tensor.shape[0] ?? 0} labels apart and the task has ${shape[0]}; give their labels, or remove the classifier from the file`
    : "give the configuration that belongs to these weights";
  throw new BertieError("weights/shape-mismatch", `${difference}: ${mend}`);
}
