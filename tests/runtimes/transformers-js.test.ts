import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Text, TextClassifier } from "@bertie/classifier";
import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  BertForSequenceClassification,
  env,
  pipeline,
  type Tensor,
} from "@huggingface/transformers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examples, tinyModel } from "../../packages/classifier/src/testing/tiny-model.ts";

const texts = examples(20).map(({ text }) => text);
const pairs: [string, string][] = [
  ["the room is good", "not bad"],
  ["房间很好", "the room is very bad, very unclean"],
];
// The matrices are large enough to be multiplied in 8 bits.
const small = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64 };
const three = ["good", "bad", "neither"];
const models = {
  bert: { config: small },
  distilbert: { config: { model_type: "distilbert", dim: 32, n_layers: 2, n_heads: 2, hidden_dim: 64 } },
  electra: { config: { ...small, model_type: "electra", embedding_size: 32 } },
  "multi-label": { config: { ...small, problem_type: "multi_label_classification" } },
  ernie: { config: { ...small, model_type: "ernie" } },
  pairs: { config: small, record: { pairs: true } },
  regression: { config: { ...small, problem_type: "regression" }, labels: ["score"] },
};
type Name = keyof typeof models;

let directory: string;
const classifiers = new Map<string, TextClassifier>();
const notes = new Map<string, readonly string[]>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bertie-export-"));
  for (const [name, model] of Object.entries(models)) {
    const files = tinyModel({ labels: three, record: {}, spread: 0.2, ...model });
    const classifier = await TextClassifier.load({ name, read: async (path) => files.get(path) });
    const exported = await classifier.export(join(directory, name));
    notes.set(
      name,
      exported.notes.map(({ message }) => message),
    );
    classifiers.set(name, classifier);
  }
  env.allowRemoteModels = false;
  env.localModelPath = directory;
});

afterAll(async () => {
  for (const classifier of classifiers.values()) await classifier.dispose();
  await rm(directory, { recursive: true, force: true });
});

/** Returns the scores of classify(), in the order of the labels. */
async function scoresOf(name: Name, inputs: readonly Text[]): Promise<number[]> {
  const classifier = classifiers.get(name)!;
  const results = await classifier.classify(inputs);
  return results.flatMap((row) => classifier.labels.map((label) => row.find((each) => each.label === label)!.score));
}

const largest = (a: readonly number[], b: readonly number[]) => {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
};
const softmax = (row: readonly number[]) => {
  const sum = row.reduce((total, value) => total + Math.exp(value), 0);
  return row.map((value) => Math.exp(value) / sum);
};

describe.each(["bert", "distilbert", "electra", "multi-label"] as const)(
  "pipeline() of transformers.js: %s",
  (name) => {
    it.each([
      ["fp32", 1e-5],
      ["fp16", 2e-3],
      ["q8", 0.04],
    ] as const)("gives the probabilities of classify() with an exported directory: %s", async (dtype, tolerance) => {
      const classify = await pipeline("text-classification", name, { dtype });
      const results = (await classify(texts, { top_k: 3 })) as { label: string; score: number }[][];
      const scores = results.flatMap((row) => three.map((label) => row.find((each) => each.label === label)!.score));
      const difference = largest(scores, await scoresOf(name, texts));
      expect(difference).toBeLessThan(tolerance);
      if (dtype === "q8") expect(difference).toBeGreaterThan(1e-5);
      expect(notes.get(name)).toEqual([]);
      await classify.dispose();
    });
  },
);

describe("transformers.js without pipeline()", () => {
  it("runs an ERNIE as a BERT, because pipeline() rejects it", async () => {
    await expect(pipeline("text-classification", "ernie", { dtype: "fp32" })).rejects.toThrow(/Unsupported model type/);
    expect(notes.get("ernie")).toEqual([expect.stringContaining("BertForSequenceClassification.from_pretrained()")]);
    const tokenize = await AutoTokenizer.from_pretrained("ernie");
    const model = await BertForSequenceClassification.from_pretrained("ernie", { dtype: "fp32" });
    const { logits } = (await model(tokenize(texts, { padding: true }))) as { logits: Tensor };
    expect(largest(logits.tolist().flatMap(softmax), await scoresOf("ernie", texts))).toBeLessThan(1e-5);
    await model.dispose();
  });

  it("runs pairs of texts, which pipeline() does not take", async () => {
    expect(notes.get("pairs")).toEqual([expect.stringContaining("text_pair")]);
    const tokenize = await AutoTokenizer.from_pretrained("pairs");
    const model = await AutoModelForSequenceClassification.from_pretrained("pairs", { dtype: "fp32" });
    const [first, second] = [pairs.map(([text]) => text), pairs.map(([, pair]) => pair)];
    const inputs = tokenize(first, { text_pair: second, padding: true });
    const { logits } = (await model(inputs)) as { logits: Tensor };
    const expected = await scoresOf(
      "pairs",
      pairs.map(([text, pair]) => ({ text, pair })),
    );
    expect(largest(logits.tolist().flatMap(softmax), expected)).toBeLessThan(1e-5);
    await model.dispose();
  });

  it("returns the values of a regression, for which pipeline() gives 1", async () => {
    const classify = await pipeline("text-classification", "regression", { dtype: "fp32" });
    expect(await classify(texts[0]!)).toMatchObject([{ score: 1 }]);
    await classify.dispose();
    expect(notes.get("regression")).toEqual([expect.stringContaining("the score 1")]);
    const tokenize = await AutoTokenizer.from_pretrained("regression");
    const model = await AutoModelForSequenceClassification.from_pretrained("regression", { dtype: "fp32" });
    const { logits } = (await model(tokenize(texts, { padding: true }))) as { logits: Tensor };
    expect(largest(logits.tolist().flat(), await scoresOf("regression", texts))).toBeLessThan(1e-5);
    await model.dispose();
  });
});
