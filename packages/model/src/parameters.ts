import type { BertConfig } from "./config.ts";

/** What the training loop must know of a parameter before it has values. */
export type ParameterSpec = {
  /** As Hugging Face's BertForSequenceClassification names it. */
  readonly name: string;
  /** A linear map's weight is [outputs, inputs], as torch lays it out. */
  readonly shape: readonly number[];
  /** "normal" is N(0, initializerRange). */
  readonly init: "normal" | "zeros" | "ones";
  /** Whether weight decay applies: to all but biases and LayerNorm. */
  readonly decay: boolean;
};

/**
 * The parameters of a BERT classifier, in the order in which torch lists them.
 *
 * Initial values and decay groups follow pytorch-pretrained-bert 0.6.2 (modeling.py, run_classifier.py).
 */
export function parameterSpecs(config: BertConfig, numLabels: number): readonly ParameterSpec[] {
  const { hiddenSize: hidden, intermediateSize: intermediate } = config;
  const weight = (name: string, shape: readonly number[]): ParameterSpec => ({
    name: `${name}.weight`,
    shape,
    init: "normal",
    decay: true,
  });
  const bias = (name: string, size: number): ParameterSpec => ({
    name: `${name}.bias`,
    shape: [size],
    init: "zeros",
    decay: false,
  });
  const linear = (name: string, inputs: number, outputs: number) => [
    weight(name, [outputs, inputs]),
    bias(name, outputs),
  ];
  const layerNorm = (name: string): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [hidden], init: "ones", decay: false },
    bias(name, hidden),
  ];
  const layer = (name: string) => [
    ...linear(`${name}.attention.self.query`, hidden, hidden),
    ...linear(`${name}.attention.self.key`, hidden, hidden),
    ...linear(`${name}.attention.self.value`, hidden, hidden),
    ...linear(`${name}.attention.output.dense`, hidden, hidden),
    ...layerNorm(`${name}.attention.output.LayerNorm`),
    ...linear(`${name}.intermediate.dense`, hidden, intermediate),
    ...linear(`${name}.output.dense`, intermediate, hidden),
    ...layerNorm(`${name}.output.LayerNorm`),
  ];
  return [
    weight("bert.embeddings.word_embeddings", [config.vocabSize, hidden]),
    weight("bert.embeddings.position_embeddings", [config.maxPositionEmbeddings, hidden]),
    weight("bert.embeddings.token_type_embeddings", [config.typeVocabSize, hidden]),
    ...layerNorm("bert.embeddings.LayerNorm"),
    ...Array.from({ length: config.numHiddenLayers }, (_, i) => layer(`bert.encoder.layer.${i}`)).flat(),
    ...linear("bert.pooler.dense", hidden, hidden),
    ...linear("classifier", hidden, numLabels),
  ];
}

/**
 * Whether a parameter belongs to the embeddings or to one of the first `layers` layers of the encoder: the lower part of
 * the model, which fine-tuning may leave as it is.
 */
export function isBelowLayer(name: string, layers: number): boolean {
  const [, layer] = /^bert\.encoder\.layer\.(\d+)\./.exec(name) ?? [];
  return layer === undefined ? name.startsWith("bert.embeddings.") : Number(layer) < layers;
}
