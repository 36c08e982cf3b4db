// Loads an exported classifier, and classifies the sentences of each message.
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { downloads, type Progress } from "./downloads.ts";

export type Request = readonly string[];

export type LabelScore = { readonly label: string; readonly score: number };

export type Answer =
  | Progress
  | { readonly ready: true }
  | { readonly labels: readonly LabelScore[][] }
  | { readonly error: string };

const send = (answer: Answer) => postMessage(answer);
const folder = new URL("model/", location.href);
const names = ["onnx/model_quantized.onnx", "tokenizer.json", "tokenizer_config.json", "config.json"] as const;

// The files of onnxruntime-web are next to this script.
env.wasm.wasmPaths = new URL("./", location.href).href;

async function load(): Promise<(text: string) => Promise<LabelScore[]>> {
  const files = await downloads(folder, names, send);
  const json = (name: (typeof names)[number]) => JSON.parse(new TextDecoder().decode(files[name]));
  const config: { id2label: Record<string, string>; problem_type?: string } = json("config.json");
  const maxLength: number = json("tokenizer_config.json").model_max_length;
  const tokenizer = await BertTokenizer.fromTokenizerJson(json("tokenizer.json"));
  const session = await InferenceSession.create(files["onnx/model_quantized.onnx"]);
  const activation = config.problem_type === "multi_label_classification" ? sigmoid : softmax;

  // Texts are classified one by one: a quantized model scales the values of a batch together, so that the result for a
  // text would depend on the others.
  return async (text) => {
    const { ids, typeIds, attentionMask } = tokenizer.encode(text, { maxLength });
    const arrays = { input_ids: ids, token_type_ids: typeIds, attention_mask: attentionMask };
    const inputs = Object.entries(arrays).filter(([name]) => session.inputNames.includes(name));
    const feeds = inputs.map(([name, values]) => [
      name,
      new Tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]),
    ]);
    const { logits } = await session.run(Object.fromEntries(feeds));
    const scores = activation([...(logits!.data as Float32Array)]);
    return scores.map((score, id) => ({ label: config.id2label[id]!, score })).sort((a, b) => b.score - a.score);
  };
}

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

function sigmoid(logits: readonly number[]): number[] {
  return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
}

const loading = load();
const fail = (error: unknown) => send({ error: String(error) });
loading.then(() => send({ ready: true }), fail);

addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  try {
    const classify = await loading;
    const labels: LabelScore[][] = [];
    for (const sentence of data) labels.push(await classify(sentence));
    send({ labels });
  } catch (error) {
    fail(error);
  }
});
