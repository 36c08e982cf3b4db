import type { FileSource } from "@bertie/model";
import minilmConfig from "../../../../examples/models/all-MiniLM-L6-v2/config.json?url";
import minilmWeights from "../../../../examples/models/all-MiniLM-L6-v2/model.safetensors?url";
import bgeConfig from "../../../../examples/models/bge-small-zh-v1.5/config.json?url";
import bgeWeights from "../../../../examples/models/bge-small-zh-v1.5/model.safetensors?url";
import { fetchCached, type Loaded } from "../files/fetch-cached.ts";
import { type BundledVocabulary, bundledVocabulary } from "../files/vocabularies.ts";
import type { StartName } from "./start-names.ts";

/** Configuration of a tiny model, which learns the words of each label within seconds. */
const TINY = {
  ...{ hidden_size: 128, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 512 },
  ...{ max_position_embeddings: 512, type_vocab_size: 2 },
};

/** Numbers of tokens in the vocabularies. */
const TOKENS: Readonly<Record<BundledVocabulary, number>> = { zh: 21_128, en: 30_522 };

/**
 * Returns the model directory of a base model: a bundled one, or a tiny model, whose weights are initialized randomly.
 *
 * @param vocabulary vocabulary of the tiny model
 */
export function startModel(
  name: StartName,
  vocabulary: BundledVocabulary,
  onProgress: (loaded: Loaded) => void,
): FileSource {
  const files: Readonly<Record<StartName, Readonly<Record<string, () => Promise<Uint8Array>>>>> = {
    bge: {
      "config.json": () => fetchCached(bgeConfig),
      "vocab.txt": () => bundledVocabulary("zh"),
      "model.safetensors": () => fetchCached(bgeWeights, onProgress),
    },
    minilm: {
      "config.json": () => fetchCached(minilmConfig),
      "vocab.txt": () => bundledVocabulary("en"), // the same tokens as in the model's directory
      "model.safetensors": () => fetchCached(minilmWeights, onProgress),
    },
    tiny: {
      "config.json": async () => new TextEncoder().encode(JSON.stringify({ ...TINY, vocab_size: TOKENS[vocabulary] })),
      "vocab.txt": () => bundledVocabulary(vocabulary),
    },
  };
  return { name, read: async (path) => files[name][path]?.() };
}
