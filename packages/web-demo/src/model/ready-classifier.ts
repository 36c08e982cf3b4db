import { readModel } from "@bertie/classifier";
import { type ModelDirectory, readSafetensors, tensorFromFloat32, type WeightTensor } from "@bertie/model";
import englishHead from "../../ready/reviews-en.safetensors?url";
import chineseHead from "../../ready/reviews-zh.safetensors?url";
import { fetchCached, type Loaded } from "../files/fetch-cached.ts";
import { type EncoderLanguage, encoderSource } from "./encoders.ts";

const heads = { zh: chineseHead, en: englishHead } as const satisfies Record<EncoderLanguage, string>;
/** Maximum length of a text in tokens, as in scripts/train-ready-classifiers.js. */
const MAX_LENGTH = 128;

/**
 * Returns the model directory of a classifier of reviews that is trained already: a bundled encoder with a head of a few
 * kilobytes, which scripts/train-ready-classifiers.js fitted to the bundled reviews.
 */
export async function readyClassifier(
  language: EncoderLanguage,
  onProgress: (loaded: Loaded) => void,
): Promise<ModelDirectory> {
  const [directory, head] = await Promise.all([
    readModel(encoderSource(language, onProgress)),
    fetchCached(heads[language]),
  ]);
  return {
    ...directory,
    lowerCase: true,
    config: { ...directory.config, labels: ["negative", "positive"] },
    tensors: new Map([...directory.tensors!, ...headTensors(head)]),
    trained: { ...directory.trained, maxSeqLength: MAX_LENGTH, pairs: false },
  };
}

/** Returns the tensors of the pooler and the classifier. The file has only the diagonal of the pooler's weights. */
function headTensors(contents: Uint8Array): ReadonlyMap<string, WeightTensor> {
  const { "pooler.dense.diagonal": diagonal, ...rest } = Object.fromEntries(readSafetensors(contents, "head"));
  const values = diagonal!.toFloat32();
  const size = values.length;
  const weight = new Float32Array(size * size);
  for (const [i, value] of values.entries()) weight[i * size + i] = value;
  return new Map([...Object.entries(rest), ["pooler.dense.weight", tensorFromFloat32([size, size], weight)]]);
}
