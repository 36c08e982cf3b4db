import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TextClassifier } from "@bertie/classifier";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import {
  AutoModelForSequenceClassification,
  env,
  pipeline,
  type Tensor,
  TextClassificationPipeline,
} from "@huggingface/transformers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { examples, tinyModel } from "../../classifier/src/testing/tiny-model.ts";
import { transformersTokenizer } from "./transformers-js.ts";

const texts = examples(20).map(({ text }) => text);
const small = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64 };
const models = {
  bert: small,
  distilbert: { model_type: "distilbert", dim: 32, n_layers: 2, n_heads: 2, hidden_dim: 64 },
};
const names = ["bert", "distilbert"] as const;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bertie-adapters-"));
  for (const name of names) {
    const files = tinyModel({ labels: ["good", "bad", "neither"], record: {}, spread: 0.2, config: models[name] });
    await using classifier = await TextClassifier.load({ name, read: async (path) => files.get(path) });
    await classifier.export(join(directory, name), { dtypes: ["fp32"] });
  }
  env.allowRemoteModels = false;
  env.localModelPath = directory;
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

it.each(names)(
  "pipelines of transformers.js return the same results with transformersTokenizer(): %s",
  async (name) => {
    const theirs = await pipeline("text-classification", name, { dtype: "fp32" });
    const own = await BertTokenizer.fromPretrained(join(directory, name), { specialTokens: "everywhere" });
    const options = { modelMaxLength: theirs.tokenizer.model_max_length, returnTokenTypeIds: name === "bert" };
    const tokenizer = transformersTokenizer(own, options);
    const model = await AutoModelForSequenceClassification.from_pretrained(name, { dtype: "fp32" });
    const classify = new TextClassificationPipeline({ task: "text-classification", model, tokenizer });
    expect(await classify(texts, { top_k: 3 })).toEqual(await theirs(texts, { top_k: 3 }));

    const starts = texts.map((text) => text.split(" ").slice(0, 3).join(" "));
    const inputs = { padding: true, text_pair: starts.toReversed() };
    const run = async (tokenize: typeof tokenizer) =>
      ((await model(tokenize(starts, inputs))) as { logits: Tensor }).logits.tolist();
    expect(await run(tokenizer)).toEqual(await run(theirs.tokenizer));
    await classify.dispose();
    await theirs.dispose();
  },
);
