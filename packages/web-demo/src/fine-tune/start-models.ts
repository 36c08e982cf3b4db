import { Random } from "@bertie/common";
import {
  type BertConfig,
  bertConfigFromJson,
  initializeParameters,
  loadPretrained,
  parameterSpecs,
  readWeights,
} from "@bertie/model";
import configUrl from "../../../../examples/models/bge-small-zh-v1.5/config.json?url";
import weightsUrl from "../../../../examples/models/bge-small-zh-v1.5/model.safetensors?url";
import { fetchKept, type Loaded } from "../files/fetch-kept.ts";
import { bundledVocabulary } from "../files/vocabularies.ts";

/** A model that training may start from. */
export type StartName = "bge" | "tiny";

export interface StartModel {
  readonly config: BertConfig;
  readonly vocab: Uint8Array;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** Learns which words go with which label, in seconds. */
const TINY = {
  ...{ vocab_size: 21128, hidden_size: 128, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 512 },
  ...{ max_position_embeddings: 512, type_vocab_size: 2 },
};

/** Loads a model, or draws one, with a classifier for so many labels. */
export async function loadStartModel(
  name: StartName,
  { numLabels, seed }: { readonly numLabels: number; readonly seed: number },
  onProgress: (loaded: Loaded) => void,
): Promise<StartModel> {
  const vocab = await bundledVocabulary("zh");
  const random = new Random(seed, "initialize");
  if (name === "tiny") {
    const config = bertConfigFromJson(JSON.stringify(TINY), "config.json");
    const specs = parameterSpecs(config, numLabels);
    return { config, vocab, parameters: initializeParameters(specs, config.initializerRange, random) };
  }
  const config = bertConfigFromJson(new TextDecoder().decode(await fetchKept(configUrl)), "config.json");
  const tensors = readWeights(await fetchKept(weightsUrl, onProgress), "model.safetensors");
  const { initializerRange } = config;
  const { parameters } = loadPretrained(parameterSpecs(config, numLabels), tensors, { random, initializerRange });
  return { config, vocab, parameters };
}
