import { encodeOnnx, int8Matmuls, type OnnxModel, openOnnxModel, toInt8 } from "@bertie/engine";
import { deployableModel, probabilities } from "@bertie/optim";
import { describe, expect, it } from "vitest";
import { loadModel } from "../load-model.ts";
import { memoryStorage } from "../storage/memory.ts";
import { tinyModel } from "../testing/tiny-model.ts";
import { textBatches } from "../text-batches.ts";
import { TextClassifier } from "../text-classifier.ts";
import { exampleOf, type Text } from "../text-classifier-options.ts";
import { runnerOf } from "./exported-runner.ts";

/** Largest difference of a score with int8. */
const INT8_TOLERANCE = 0.04;
const ALL = ["input_ids", "attention_mask", "token_type_ids"];
// The matrices are large enough to be multiplied in 8 bits.
const small = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64 };
const bert = (keys: Readonly<Record<string, unknown>> = {}) => ({ config: { ...small, ...keys }, inputs: ALL });
const distilbert = { model_type: "distilbert", dim: 32, n_layers: 2, n_heads: 2, hidden_dim: 64 };
const activations = [
  "gelu_new",
  "gelu_pytorch_tanh",
  "quick_gelu",
  "relu",
  "relu2",
  "swish",
  "tanh",
  "sigmoid",
  "linear",
];

const cases: Readonly<Record<string, { config: Readonly<Record<string, unknown>>; inputs: string[] }>> = {
  BERT: bert(),
  DistilBERT: { config: distilbert, inputs: ["input_ids", "attention_mask"] },
  ELECTRA: bert({ model_type: "electra", embedding_size: 32 }),
  "ELECTRA with smaller embeddings": bert({ model_type: "electra", embedding_size: 24 }),
  ERNIE: bert({ model_type: "ernie" }),
  "ERNIE with task embeddings": bert({ model_type: "ernie", use_task_id: true }),
  regression: bert({ problem_type: "regression" }),
  "multi-label classification": bert({ problem_type: "multi_label_classification" }),
  ...Object.fromEntries(activations.map((hidden_act) => [hidden_act, bert({ hidden_act })])),
};

const texts: Text[] = [
  "good room",
  "the room is very very bad ，房间 很 好 ?",
  "unclean",
  "",
  { text: "the room is good", pair: "not bad" },
  { text: "房间", pair: "很差 ? the room is very very very uncleanly" },
];

describe.each(Object.keys(cases))("exported model: %s", (name) => {
  it("agrees with TextClassifier in fp32, fp16 and int8, for texts and pairs", async () => {
    const { config, inputs } = cases[name]!;
    const labels = config.problem_type === "regression" ? ["score"] : ["good", "bad", "neither"];
    const files = tinyModel({ labels, record: {}, config, spread: 0.2 });
    const source = { name: "tiny", read: async (path: string) => files.get(path) };
    await using classifier = await TextClassifier.load(source, { engine: "reference" });
    const storage = memoryStorage();
    await classifier.export(storage);
    const { model, parameters, inference } = await loadModel(source, { engine: "reference" });
    const scores = (await classifier.classify(texts)).flatMap((row) =>
      labels.map((label) => row.find((each) => each.label === label)!.score),
    );

    const difference = async (bytes: Uint8Array): Promise<number> => {
      const session = await openOnnxModel(bytes, { runtime: "node" });
      expect(session.inputs).toEqual(inputs);
      const logits = await textBatches(model, texts.map(exampleOf), { batchSize: 3 }).logits(runnerOf(session, name));
      await session.dispose();
      const values = probabilities(logits, texts.length, classifier.problemType);
      return Math.max(...scores.map((score, i) => Math.abs(score - values[i]!)));
    };
    const file = async (path: string) => difference((await storage.read(path))!);
    expect(await file("onnx/model.onnx")).toBeLessThan(1e-5);
    expect(await file("onnx/model_fp16.onnx")).toBeLessThan(2e-3);
    expect(await file("onnx/model_quantized.onnx")).toBeLessThan(INT8_TOLERANCE);

    // A model in which any one multiplication returns zeros is outside of the tolerance.
    const base = deployableModel(model.classifier, parameters, model.directory.config.maxPositionEmbeddings);
    const matmuls = [...int8Matmuls(base).keys()];
    expect(matmuls.length).toBeGreaterThan(10);
    for (const at of matmuls)
      expect(await difference(encodeOnnx(withoutMatmul(toInt8(base), at)))).toBeGreaterThan(INT8_TOLERANCE);
    await inference.dispose();
  });
});

/** Returns an int8 model whose nth multiplication returns zeros. */
function withoutMatmul(model: OnnxModel, at: number): OnnxModel {
  const { inputs } = model.nodes.filter(({ opType }) => opType === "MatMulInteger")[at]!;
  const initializers = model.initializers.map((tensor) =>
    tensor.name === inputs[1] ? { ...tensor, bytes: new Uint8Array(tensor.bytes.length) } : tensor,
  );
  return { ...model, initializers };
}
