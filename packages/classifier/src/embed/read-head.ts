import { BertieError } from "@bertie/common";
import { type FileSource, filePath, readWeights, subfolder } from "@bertie/model";
import { invalid, readModules, readSettings, type SentenceModule, type Settings, unsupported } from "./module-files.ts";
import { activations, type DenseLayer, type PooledStep, type PoolingMode, poolingModes } from "./pooling.ts";

/** Layers after the encoder, as the files of a directory describe them. */
export interface DirectoryHead {
  readonly pooling: readonly PoolingMode[];
  readonly poolsPrompt: boolean;
  readonly steps: readonly PooledStep[];
  /** Name of the file that describes the pooling; undefined if there is none, and pooling is the mean. */
  readonly poolingFile: string | undefined;
  /** Folder of the encoder, relative to the directory. */
  readonly encoder: string;
}

/** Names of the settings of version 2 of sentence-transformers for each pooling mode, in the order of concatenation. */
const LEGACY_KEYS: readonly (readonly [string, PoolingMode])[] = [
  ["pooling_mode_cls_token", "cls"],
  ["pooling_mode_max_tokens", "max"],
  ["pooling_mode_mean_tokens", "mean"],
  ["pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"],
  ["pooling_mode_weightedmean_tokens", "weightedmean"],
  ["pooling_mode_lasttoken", "lasttoken"],
];

/**
 * Reads the layers after the encoder from the files of sentence-transformers. Without modules.json, pooling is the mean of
 * all tokens, as in sentence-transformers.
 *
 * @throws BertieError "embed/unsupported-module" if a module, pooling mode or activation is not supported
 * @throws BertieError "input/missing-file", "input/invalid-json", "weights/missing-tensor" or "weights/shape-mismatch" if a
 *   file of a module is missing or malformed
 */
export async function readHead(source: FileSource): Promise<DirectoryHead> {
  const modules = await readModules(source);
  if (modules === undefined) {
    return { pooling: ["mean"], poolsPrompt: true, steps: [], poolingFile: undefined, encoder: "" };
  }
  const name = filePath(source, "modules.json");
  const [transformer, pooling, ...others] = modules;
  if (transformer?.type !== "Transformer") throw unsupported(name, `the module ${transformer?.type} at the start`);
  if (pooling === undefined) throw invalid(name, "a Pooling module after Transformer");
  if (pooling.type !== "Pooling") throw unsupported(name, `the module ${pooling.type} after Transformer`);
  const steps: PooledStep[] = [];
  for (const module of others) {
    if (module.type === "Normalize") steps.push({ type: "normalize" });
    else if (module.type === "Dense") steps.push(await readDense(source, module));
    else if (module.type !== "Dropout") throw unsupported(name, `the module ${module.type} after Pooling`);
  }
  return { ...(await readPooling(source, pooling)), steps, encoder: transformer.path };
}

async function readPooling(source: FileSource, { path }: SentenceModule) {
  const file = path === "" ? "config.json" : `${path}/config.json`;
  const poolingFile = filePath(source, file);
  const settings = await requireSettings(source, file, ["pooling_mode"]);
  const modes = poolingOf(settings);
  const unknown = modes.find((mode) => !isPoolingMode(mode));
  if (unknown !== undefined) throw unsupported(poolingFile, `the pooling mode ${JSON.stringify(unknown)}`);
  const pooling = modes.filter(isPoolingMode);
  return { pooling, poolsPrompt: settings.include_prompt !== false, poolingFile };
}

function poolingOf(settings: Settings): readonly unknown[] {
  const { pooling_mode: mode } = settings;
  if (Array.isArray(mode) && mode.length > 0) return mode;
  if (mode !== undefined) return [mode];
  const unknown = Object.keys(settings).find(
    (key) => key.startsWith("pooling_mode_") && settings[key] === true && !LEGACY_KEYS.some(([known]) => known === key),
  );
  if (unknown !== undefined) return [unknown];
  const modes = LEGACY_KEYS.filter(([key]) => settings[key] === true).map(([, value]) => value);
  return modes.length === 0 ? ["mean"] : modes;
}

function isPoolingMode(mode: unknown): mode is PoolingMode {
  return poolingModes.some((known) => known === mode);
}

async function readDense(source: FileSource, { path }: SentenceModule): Promise<DenseLayer> {
  const configFile = filePath(source, `${path}/config.json`);
  const settings = await requireSettings(source, `${path}/config.json`);
  const { in_features: inputs, out_features: outputs, bias = true } = settings;
  const { module_input_name: input, module_output_name: output } = settings;
  if (!isSize(inputs) || !isSize(outputs)) throw invalid(configFile, 'positive "in_features" and "out_features"');
  for (const key of [input, output]) {
    if (key !== undefined && key !== null && key !== "sentence_embedding")
      throw unsupported(configFile, `a Dense module for ${JSON.stringify(key)}`);
  }
  const activation = activationOf(settings, configFile);
  const { tensors, fileName } = await readTensors(subfolder(source, path));
  const tensor = (name: string, shape: readonly number[]) => {
    const found = tensors.get(name);
    if (found === undefined) {
      const text = `${fileName}: tensor ${name} is missing. Use the weights that match ${configFile}.`;
      throw new BertieError("weights/missing-tensor", text);
    }
    if (found.shape.join() === shape.join()) return found.toFloat32();
    const text = `${fileName}: tensor ${name} has shape [${found.shape}], but ${configFile} requires [${shape}]. Use the weights that match the configuration.`;
    throw new BertieError("weights/shape-mismatch", text);
  };
  const weight = tensor("linear.weight", [outputs, inputs]);
  const biases = bias === false ? new Float32Array(outputs) : tensor("linear.bias", [outputs]);
  return { type: "dense", activation, name: path, weight, bias: biases };
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

/** Returns the activation of a dense layer; without a setting, it is Tanh, as in sentence-transformers. */
function activationOf({ activation_function: setting }: Settings, configFile: string): DenseLayer["activation"] {
  if (setting === undefined) return "Tanh";
  const name = typeof setting === "string" && setting.startsWith("torch.nn.") ? setting.split(".").at(-1)! : "";
  if (Object.hasOwn(activations, name)) return name as DenseLayer["activation"];
  throw unsupported(configFile, `the activation ${JSON.stringify(setting)}`);
}

async function readTensors(folder: FileSource) {
  for (const file of ["model.safetensors", "pytorch_model.bin"]) {
    const bytes = await folder.read(file);
    const fileName = filePath(folder, file);
    if (bytes !== undefined) return { tensors: readWeights(bytes, fileName), fileName };
  }
  throw missing(filePath(folder, "model.safetensors"));
}

async function requireSettings(source: FileSource, file: string, nested: readonly string[] = []): Promise<Settings> {
  const settings = await readSettings(source, file, nested);
  if (settings === undefined) throw missing(filePath(source, file));
  return settings;
}

function missing(file: string): BertieError {
  const text = `${file}: no such file, but modules.json names its folder. Copy the whole model directory.`;
  return new BertieError("input/missing-file", text);
}
