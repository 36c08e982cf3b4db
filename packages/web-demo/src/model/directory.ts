import { BertieError, jsonSettings, Random } from "@bertie/common";
import {
  bertConfigFromJson,
  bertConfigToJson,
  loadPretrained,
  type ParameterSpec,
  parameterSpecs,
  readWeights,
} from "@bertie/model";
import type { ModelFacts } from "./facts.ts";

/** A classifier with its weights, on the host. */
export interface StoredModel {
  readonly facts: ModelFacts;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/**
 * Reads a model directory as `bertie train` and Hugging Face's transformers write it.
 *
 * @param name what to call it
 * @throws BertieError for what is missing or broken, or is no classifier
 */
export async function readModelDirectory(name: string, files: ReadonlyMap<string, Blob>): Promise<StoredModel> {
  const find = (...names: string[]) => names.find((candidate) => files.has(candidate));
  const need = (...names: string[]) => {
    const found = find(...names);
    if (found !== undefined) return found;
    const text = `${name} has no ${names[0]}: give the folder that bertie train wrote, with config.json, vocab.txt and model.safetensors`;
    throw new BertieError("input/missing-file", text);
  };
  const configName = need("config.json");
  const weightsName = need("model.safetensors", "pytorch_model.bin");
  const config = bertConfigFromJson(await files.get(configName)!.text(), configName);
  const vocab = new Uint8Array(await files.get(need("vocab.txt"))!.arrayBuffer());
  const { do_lower_case } = await readSettings(files, "tokenizer_config.json");
  const { max_seq_length, task_name, pairs } = await readSettings(files, "run.json");
  const { labels } = config;
  if (labels === undefined) {
    const text = `${configName} names no labels: it is no classifier; fine-tune it first`;
    throw new BertieError("input/no-labels", text);
  }
  const specs = parameterSpecs(config, labels.length);
  const tensors = readWeights(new Uint8Array(await files.get(weightsName)!.arrayBuffer()), weightsName);
  const random = new Random(42, "initialize");
  const loaded = loadPretrained(specs, tensors, {
    random,
    initializerRange: config.initializerRange,
    fileName: weightsName,
  });
  const [missing] = loaded.initialized;
  if (missing !== undefined)
    throw new BertieError("weights/missing-tensor", `${weightsName} has no ${missing}: fine-tune the model first`);
  return {
    facts: {
      name,
      config,
      labels,
      vocab,
      lowerCase: do_lower_case === true,
      maxLength: Math.min(typeof max_seq_length === "number" ? max_seq_length : 128, config.maxPositionEmbeddings),
      taskName: typeof task_name === "string" ? task_name : undefined,
      pairs: typeof pairs === "boolean" ? pairs : undefined,
    },
    specs,
    parameters: loaded.parameters,
  };
}

/** The files of such a directory, but for the weights. */
export function describeModel(facts: ModelFacts): Map<string, string> {
  const { config, labels, lowerCase, maxLength, taskName, pairs } = facts;
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  const tokenizerConfig = { do_lower_case: lowerCase, model_max_length: maxLength, tokenizer_class: "BertTokenizer" };
  const run = { task_name: taskName ?? null, pairs, labels, do_lower_case: lowerCase, max_seq_length: maxLength };
  return new Map([
    ["config.json", bertConfigToJson(config, labels)],
    ["tokenizer_config.json", json(tokenizerConfig)],
    ["run.json", json(run)],
  ]);
}

async function readSettings(files: ReadonlyMap<string, Blob>, name: string): Promise<Record<string, unknown>> {
  const file = files.get(name);
  if (file === undefined) return {};
  const json = new Uint8Array(await file.arrayBuffer());
  try {
    return jsonSettings(json);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new BertieError("input/invalid-json", `${name}: holds no JSON object; mend it or delete it`, { cause });
  }
}
