import type { Executor } from "@bertie/engine";
import { bertForSequenceClassification, isBelowLayer, parameterSpecs } from "@bertie/model";
import { type Classifier, writeParameters } from "@bertie/optim";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { type ModelFacts, tokenizerOf } from "./facts.ts";

/** A classifier whose weights stand in an executor. */
export interface LiveModel {
  readonly facts: ModelFacts;
  readonly tokenizer: BertTokenizer;
  readonly classifier: Classifier;
  readonly executor: Executor;
}

/** @param frozen how many layers, with the embeddings, training leaves as they are; 0 trains everything */
export async function openModel(
  facts: ModelFacts,
  parameters: ReadonlyMap<string, Float32Array>,
  executor: Executor,
  frozen = 0,
): Promise<LiveModel> {
  const tokenizer = await tokenizerOf(facts);
  const classifier = classifierOf(facts, frozen);
  await writeParameters(executor, classifier, parameters);
  return { facts, tokenizer, classifier, executor };
}

export function classifierOf({ config, labels }: ModelFacts, frozen: number): Classifier {
  const specs = parameterSpecs(config, labels.length);
  return {
    parameters: frozen === 0 ? specs : specs.map((spec) => ({ ...spec, frozen: isBelowLayer(spec.name, frozen) })),
    logits: (parameters, batch, training) => bertForSequenceClassification(parameters, config, batch, training),
  };
}
