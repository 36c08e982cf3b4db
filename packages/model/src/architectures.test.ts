import { readFileSync } from "node:fs";
import { Random } from "@bertie/common";
import { createReferenceExecutor, float32, int32, trace } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { bertForSequenceClassification } from "./bert.ts";
import { bertConfigFromJson, bertConfigToJson } from "./config.ts";
import { isBelowLayer, parameterSpecs } from "./parameters.ts";
import { loadPretrained } from "./pretrained.ts";
import { readSafetensors } from "./weights/safetensors.ts";

// scripts/reference/architectures.py writes the fixtures with transformers.
const fixture = (path: string) => readFileSync(new URL(`../fixtures/architectures/${path}`, import.meta.url));
const expected = JSON.parse(fixture("expected.json").toString()) as {
  readonly batch: Readonly<Record<"input_ids" | "attention_mask" | "token_type_ids", number[][]>>;
  readonly logits: Readonly<Record<string, number[][]>>;
};
const names = Object.keys(expected.logits);

const configOf = (name: string) => bertConfigFromJson(fixture(`${name}/config.json`).toString(), "config.json");
const tensorsOf = (name: string) => readSafetensors(fixture(`${name}/model.safetensors`), "model.safetensors");

async function logitsOf(name: string): Promise<number[]> {
  const config = configOf(name);
  const specs = parameterSpecs(config, 3);
  const options = { random: new Random(1, "initialize"), initializerRange: 0.02 };
  const { parameters, initialized, ignored } = loadPretrained(specs, tensorsOf(name), options);
  expect([initialized, ignored]).toEqual([[], []]);
  const executor = createReferenceExecutor();
  for (const { name, shape } of specs) await executor.write(name, float32(parameters.get(name)!, shape));
  const { input_ids, attention_mask, token_type_ids } = expected.batch;
  const shape = [input_ids.length, input_ids[0]!.length];
  const program = trace(({ feed, state }) => {
    const p = (name: string) => state(name, "float32", specs.find((spec) => spec.name === name)!.shape);
    const [inputIds, inputMask, segmentIds] = ["ids", "mask", "segments"].map((name) => feed(name, "int32", shape));
    const inputs = { inputIds: inputIds!, inputMask: inputMask!, segmentIds: segmentIds! };
    return { outputs: { logits: bertForSequenceClassification(p, config, inputs, false) } };
  });
  const matrix = (rows: number[][]) => int32(Int32Array.from(rows.flat()), shape);
  const feeds = { ids: matrix(input_ids), mask: matrix(attention_mask), segments: matrix(token_type_ids) };
  return Array.from((await (await executor.compile(program)).run(feeds)).logits!.data, Number);
}

describe.each(names)("architecture %s", (name) => {
  it("has the logits of transformers to 2e-5", async () => {
    const logits = await logitsOf(name);
    for (const [i, value] of expected.logits[name]!.flat().entries()) {
      expect(Math.abs(logits[i]! - value)).toBeLessThan(2e-5);
    }
  });

  it("has parameters with the names and shapes of transformers' weight file", () => {
    const shapes = (entries: Iterable<readonly [string, readonly number[]]>) =>
      [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const specs = parameterSpecs(configOf(name), 3);
    expect(shapes(specs.map(({ name, shape }) => [name, shape]))).toEqual(
      shapes(Array.from(tensorsOf(name), ([name, { shape }]) => [name, shape] as const)),
    );
  });

  it("writes the keys of transformers' configuration with the same values", () => {
    const { labels, ...config } = configOf(name);
    const written = JSON.parse(bertConfigToJson(config, labels!)) as Record<string, unknown>;
    const original = JSON.parse(fixture(`${name}/config.json`).toString()) as Record<string, unknown>;
    for (const [key, value] of Object.entries(written)) expect([key, value]).toEqual([key, original[key]]);
    expect(bertConfigFromJson(JSON.stringify(written), "config.json")).toEqual({ ...config, labels });
  });

  it("assigns the embeddings and layers to freeze", () => {
    const frozen = parameterSpecs(configOf(name), 3).filter((spec) => isBelowLayer(spec.name, 1));
    const groups = new Set(frozen.map((spec) => /embeddings|layer\.\d/.exec(spec.name)?.[0]));
    expect([...groups]).toEqual(["embeddings", "layer.0"]);
  });
});

it.each([
  ["ernie", (name: string) => name.replace(/^ernie\./, "bert.")],
  ["ernie", (name: string) => name.replace(/^ernie\./, "")],
  ["electra", (name: string) => `module.${name}`],
  ["distilbert", (name: string) => name.replace(/^distilbert\./, "")],
])("loads %s under other names", (name, rename) => {
  const tensors = new Map(Array.from(tensorsOf(name), ([name, tensor]) => [rename(name), tensor]));
  const options = { random: new Random(1, "initialize"), initializerRange: 0.02 };
  const { initialized, ignored } = loadPretrained(parameterSpecs(configOf(name), 3), tensors, options);
  expect([initialized, ignored]).toEqual([[], []]);
});

describe("other architectures are rejected by name, with an alternative", () => {
  const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
  const types = ["roberta", "xlm-roberta", "albert", "deberta-v2", "modernbert", "t5", "gpt2", "llama", "__proto__"];
  it.each(types)("model_type %s", (model_type) => {
    const text = JSON.stringify({ ...sizes, model_type });
    expect(() => bertConfigFromJson(text, "c.json")).toThrow(
      expect.objectContaining({
        code: "config/unsupported",
        message: expect.stringMatching(
          `^c\\.json: "model_type" is "${model_type}", but Bertie supports only .*(Use|use) .+\\.$`,
        ),
      }),
    );
  });

  it.each(["RobertaForMaskedLM", "AlbertModel", "XLMRobertaModel", "T5ForConditionalGeneration"])(
    "class %s without model_type",
    (architecture) => {
      const text = JSON.stringify({ ...sizes, architectures: [architecture] });
      expect(() => bertConfigFromJson(text, "c.json")).toThrow(`"architectures" is ["${architecture}"]`);
    },
  );

  it("a configuration without model_type and architectures is BERT", () => {
    expect(
      bertConfigFromJson(JSON.stringify({ ...sizes, architectures: ["MyClassifier"] }), "c.json").modelType,
    ).toBeUndefined();
    const distilbert = { dim: 4, n_layers: 1, n_heads: 2, hidden_dim: 8, vocab_size: 9 };
    expect(bertConfigFromJson(JSON.stringify(distilbert), "c.json").modelType).toBe("distilbert");
    expect(() => bertConfigFromJson(JSON.stringify({ ...distilbert, n_heads: 3 }), "c.json")).toThrow(
      '"dim" is 4, but must be divisible by "n_heads" (3)',
    );
  });
});
