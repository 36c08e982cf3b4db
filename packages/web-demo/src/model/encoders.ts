import type { FileSource } from "@bertie/model";
import englishConfig from "../../../../examples/models/all-MiniLM-L6-v2/config.json?url";
import chineseConfig from "../../../../examples/models/bge-small-zh-v1.5/config.json?url";
import englishBytes from "../../encoders/en.safetensors?size";
import englishWeights from "../../encoders/en.safetensors?url";
import chineseBytes from "../../encoders/zh.safetensors?size";
import chineseWeights from "../../encoders/zh.safetensors?url";
import { fetchCached, isCached, type Loaded } from "../files/fetch-cached.ts";
import { bundledVocabulary } from "../files/vocabularies.ts";
import { engineBytes, engineUrl } from "./devices.ts";
import { dequantized } from "./int8-weights.ts";

/** Language of a bundled encoder. */
export type EncoderLanguage = "zh" | "en";

const encoders = {
  zh: { name: "bge-small-zh", config: chineseConfig, weights: chineseWeights, bytes: chineseBytes },
  en: { name: "all-MiniLM", config: englishConfig, weights: englishWeights, bytes: englishBytes },
} as const satisfies Record<EncoderLanguage, unknown>;

/** Returns the model directory of a bundled encoder, which is downloaded with 8-bit weights. Its texts are lowercased. */
export function encoderSource(language: EncoderLanguage, onProgress: (loaded: Loaded) => void): FileSource {
  const { name, config, weights } = encoders[language];
  const files: Readonly<Record<string, () => Promise<Uint8Array>>> = {
    "config.json": () => fetchCached(config),
    "vocab.txt": () => bundledVocabulary(language),
    "model.safetensors": async () => dequantized(await fetchCached(weights, onProgress)),
  };
  return { name, read: async (path) => files[path]?.() };
}

/** Returns the size of an encoder and the engine in bytes. */
export function encoderDownloadBytes(language: EncoderLanguage): number {
  return encoders[language].bytes + engineBytes.cpu;
}

/** Returns how many bytes of an encoder and the engine are not in the cache yet. */
export async function missingBytes(language: EncoderLanguage): Promise<number> {
  const { weights, bytes } = encoders[language];
  const files = [
    { url: weights, bytes },
    { url: engineUrl("cpu"), bytes: engineBytes.cpu },
  ];
  const missing = await Promise.all(files.map(async (file) => ((await isCached(file.url)) ? 0 : file.bytes)));
  return missing.reduce((sum, each) => sum + each, 0);
}
