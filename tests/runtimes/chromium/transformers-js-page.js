import { env, pipeline } from "@huggingface/transformers";

env.allowLocalModels = true; // false by default in browsers
env.allowRemoteModels = false;
env.localModelPath = "/";
// Without this setting, these files are downloaded from a CDN.
const wasm = (extension) => `/ort/ort-wasm-simd-threaded.asyncify.${extension}`;
env.backends.onnx.wasm.wasmPaths = { mjs: wasm("mjs"), wasm: wasm("wasm") };

/** Returns the scores of all labels for each text, `{ label, score }[][]`. */
globalThis.classifyTexts = async (texts, dtype) => {
  const classify = await pipeline("text-classification", "model", { dtype, device: "wasm" });
  const scores = await classify(texts, { top_k: null });
  await classify.dispose();
  return scores;
};
