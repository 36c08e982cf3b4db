import type { FileSource } from "@bertie/model";
import configUrl from "../../../../examples/models/bge-small-zh-v1.5/config.json?url";
import weightsUrl from "../../../../examples/models/bge-small-zh-v1.5/model.safetensors?url";
import { fetchKept, type Loaded } from "../files/fetch-kept.ts";
import { bundledVocabulary } from "../files/vocabularies.ts";

/** A model that training may start from. */
export type StartName = "bge" | "tiny";

/** Learns which words go with which label, in seconds. */
const TINY = {
  ...{ vocab_size: 21128, hidden_size: 128, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 512 },
  ...{ max_position_embeddings: 512, type_vocab_size: 2 },
};

/**
 * The directory of a model to start from: bge's as it comes with the page, or one without weights, which are then drawn at
 * random.
 */
export function startModel(name: StartName, onProgress: (loaded: Loaded) => void): FileSource {
  const vocab = () => bundledVocabulary("zh");
  const files: Readonly<Record<StartName, Readonly<Record<string, () => Promise<Uint8Array>>>>> = {
    bge: {
      "config.json": () => fetchKept(configUrl),
      "vocab.txt": vocab,
      "model.safetensors": () => fetchKept(weightsUrl, onProgress),
    },
    tiny: {
      "config.json": async () => new TextEncoder().encode(JSON.stringify(TINY)),
      "vocab.txt": vocab,
    },
  };
  return { name, read: async (path) => files[name][path]?.() };
}
