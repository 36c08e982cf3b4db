import type { FileSource } from "@bertie/model";
import configUrl from "../../../../examples/models/bge-small-zh-v1.5/config.json?url";
import weightsUrl from "../../../../examples/models/bge-small-zh-v1.5/model.safetensors?url";
import { fetchCached, type Loaded } from "../files/fetch-cached.ts";
import { bundledVocabulary } from "../files/vocabularies.ts";

/** Base model to fine-tune. */
export type StartName = "bge" | "tiny";

/** Configuration of a tiny model, which learns the words of each label within seconds. */
const TINY = {
  ...{ vocab_size: 21128, hidden_size: 128, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 512 },
  ...{ max_position_embeddings: 512, type_vocab_size: 2 },
};

/** Returns the model directory of a base model: the bundled bge, or a tiny model, whose weights are initialized randomly. */
export function startModel(name: StartName, onProgress: (loaded: Loaded) => void): FileSource {
  const vocab = () => bundledVocabulary("zh");
  const files: Readonly<Record<StartName, Readonly<Record<string, () => Promise<Uint8Array>>>>> = {
    bge: {
      "config.json": () => fetchCached(configUrl),
      "vocab.txt": vocab,
      "model.safetensors": () => fetchCached(weightsUrl, onProgress),
    },
    tiny: {
      "config.json": async () => new TextEncoder().encode(JSON.stringify(TINY)),
      "vocab.txt": vocab,
    },
  };
  return { name, read: async (path) => files[name][path]?.() };
}
