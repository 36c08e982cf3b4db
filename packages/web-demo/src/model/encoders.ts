import type { FileSource } from "@bertie/model";
import englishConfig from "../../../../examples/models/all-MiniLM-L6-v2/config.json?url";
import chineseConfig from "../../../../examples/models/bge-small-zh-v1.5/config.json?url";
import englishWeights from "../../encoders/en.safetensors?url";
import chineseWeights from "../../encoders/zh.safetensors?url";
import { fetchCached, isCached, type Loaded } from "../files/fetch-cached.ts";
import { bundledVocabulary } from "../files/vocabularies.ts";
import { engineUrl } from "./devices.ts";
import { dequantized } from "./int8-weights.ts";
import { ENCODER_BYTES, ENGINE_BYTES, type EncoderLanguage } from "./sizes.ts";

const encoders = {
  zh: { name: "bge-small-zh", config: chineseConfig, weights: chineseWeights },
  en: { name: "all-MiniLM", config: englishConfig, weights: englishWeights },
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

/** Sizes of the encoder and the engine, and the part that is not in the cache yet, in bytes. */
export interface DownloadSize {
  readonly total: number;
  readonly missing: number;
}

/** Returns how much an encoder and the engine have to load. */
export async function downloadSize(language: EncoderLanguage): Promise<DownloadSize> {
  const bytes = ENCODER_BYTES[language];
  const files = [
    { url: encoders[language].weights, bytes },
    { url: engineUrl("cpu"), bytes: ENGINE_BYTES },
  ];
  const missing = await Promise.all(files.map(async (file) => ((await isCached(file.url)) ? 0 : file.bytes)));
  return { total: bytes + ENGINE_BYTES, missing: missing.reduce((sum, each) => sum + each, 0) };
}

/**
 * Returns a function that creates callbacks for the files of an encoder and the engine, whose progress is added up.
 *
 * @param emit receives the sum
 */
export function totalProgress(
  language: EncoderLanguage,
  emit: (loaded: Loaded) => void,
): () => (loaded: Loaded) => void {
  const total = ENCODER_BYTES[language] + ENGINE_BYTES;
  const parts: number[] = [];
  return () => {
    const part = parts.push(0) - 1;
    return ({ bytes }) => {
      parts[part] = bytes;
      emit({
        bytes: Math.min(
          total,
          parts.reduce((sum, each) => sum + each),
        ),
        total,
      });
    };
  };
}
