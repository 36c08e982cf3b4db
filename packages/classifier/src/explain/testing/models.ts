import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Random } from "@bertie/common";
import { createReferenceExecutor } from "@bertie/engine";
import { bertConfigFromJson, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { type Classifier, classify, writeParameters } from "@bertie/optim";
import { BertTokenizer, type TokenizerOptions } from "@bertie/tokenizer-wasm";
import type { ExplainedBatch, ExplainedModel } from "../explanation.ts";
import type { DifferentiableModel } from "../integrated-gradients.ts";

export const labels = ["negative", "neutral", "positive"];

/** Creates a tokenizer with the vocabulary of the Chinese or the English BERT. */
export function tokenizerFor(language: "zh" | "en", options: TokenizerOptions = {}): Promise<BertTokenizer> {
  const path = new URL(`../../../../tokenizer-wasm/fixtures/vocab-${language}.txt.gz`, import.meta.url);
  return BertTokenizer.fromVocab(gunzipSync(readFileSync(path)), options);
}

/** Creates a model whose logits are a hash of the token ids, their positions and segments. It records its batches. */
export function hashingModel(
  tokenizer: BertTokenizer,
  maxLength: number,
): ExplainedModel & { readonly batches: ExplainedBatch[] } {
  const batches: ExplainedBatch[] = [];
  return {
    tokenizer,
    labels,
    maxLength,
    batches,
    logits(batch) {
      batches.push(batch);
      const rows = Array.from({ length: batch.size }, (_, row) => hashRow(batch, row));
      return Promise.resolve(Float32Array.from(rows.flat()));
    },
  };
}

function hashRow({ length, inputIds, inputMask, segmentIds }: ExplainedBatch, row: number): number[] {
  let hash = 0x811c9dc5;
  for (let i = row * length; i < (row + 1) * length && inputMask[i] === 1; i++)
    hash = Math.imul(hash ^ (2 * inputIds[i]! + segmentIds[i]!), 0x01000193);
  const random = new Random(hash, "logits");
  return labels.map(() => random.nextNormal());
}

/** Creates a small BERT with random weights in double precision. */
export async function tinyBert(
  tokenizer: BertTokenizer,
  maxLength: number,
  labelCount = labels.length,
): Promise<DifferentiableModel> {
  const sizes = { hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 16 };
  const json = { ...sizes, vocab_size: tokenizer.vocabSize, max_position_embeddings: 64 };
  const config = bertConfigFromJson(JSON.stringify(json), "config.json");
  const specs = parameterSpecs(config, labelCount);
  const classifier: Classifier = {
    parameters: specs,
    logits: (parameters, batch, training) => bertForSequenceClassification(parameters, config, batch, training),
  };
  const executor = createReferenceExecutor({ precision: "float64" });
  await writeParameters(executor, classifier, initializeParameters(specs, 0.5, new Random(7, "test")));
  return {
    tokenizer,
    labels: labels.slice(0, labelCount),
    maxLength,
    executor,
    classifier,
    async logits(batch) {
      const unlabeled = { ...batch, labelIds: new Int32Array(batch.size).fill(-1) };
      for await (const { logits } of classify(executor, classifier, [unlabeled])) return logits;
      throw new Error("no logits for a batch");
    },
  };
}

/** Computes the log-odds of a label for a single text, without the code under test. */
export async function logOddsOfText(
  model: ExplainedModel,
  text: string,
  pair: string | undefined,
  label: number,
): Promise<number> {
  const { ids, attentionMask, typeIds } = model.tokenizer.encode(text, { pair, maxLength: model.maxLength });
  const logits = await model.logits({
    size: 1,
    length: ids.length,
    inputIds: Int32Array.from(ids),
    inputMask: Int32Array.from(attentionMask),
    segmentIds: Int32Array.from(typeIds),
  });
  const exponentials = Array.from(logits, Math.exp);
  const total = exponentials.reduce((a, b) => a + b);
  const p = exponentials[label]! / total;
  return Math.log(p / (1 - p));
}
