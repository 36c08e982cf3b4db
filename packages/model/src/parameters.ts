import { hasTokenTypes, headLayers, parameterName } from "./architectures.ts";
import type { BertConfig } from "./config.ts";

/** Name, shape and training settings of a parameter. */
export type ParameterSpec = {
  /** Name in Hugging Face's BertForSequenceClassification, or in the corresponding class of another architecture. */
  readonly name: string;
  /** Shape in PyTorch's layout: the weight of a linear layer is `[outputs, inputs]`. */
  readonly shape: readonly number[];
  /** Initial values; "normal" is N(0, initializerRange²). */
  readonly init: "normal" | "zeros" | "ones";
  /** Whether weight decay applies. True except for biases and LayerNorm parameters. */
  readonly decay: boolean;
};

/**
 * Returns the parameters of a classifier of BERT or another architecture, in PyTorch's order.
 *
 * Initial values and weight decay follow pytorch-pretrained-bert 0.6.2 (modeling.py and run_classifier.py).
 *
 * @param config sizes of the model
 * @param numLabels number of labels of the classifier
 *
 * @example
 * ```ts
 * import { bertConfigFromJson, parameterSpecs } from "@bertie/model";
 *
 * const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
 * const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
 * const specs = parameterSpecs(config, 3);
 * console.log(specs[0]); // { name: "bert.embeddings.word_embeddings.weight", shape: [9, 4], init: "normal", decay: true }
 * console.log(specs.at(-1)); // { name: "classifier.bias", shape: [3], init: "zeros", decay: false }
 * ```
 */
export function parameterSpecs(config: BertConfig, numLabels: number): readonly ParameterSpec[] {
  const { modelType = "bert", hiddenSize: hidden, intermediateSize: intermediate, embeddingSize = hidden } = config;
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
  const layerNorm = (name: string, size = hidden): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [size], init: "ones", decay: false },
    bias(name, size),
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
  const embedding = (name: string, rows: number) => weight(`bert.embeddings.${name}_embeddings`, [rows, embeddingSize]);
  const { taskTypeVocabSize } = config;
  const encoder = [
    embedding("word", config.vocabSize),
    embedding("position", config.maxPositionEmbeddings),
    ...(hasTokenTypes(config) ? [embedding("token_type", config.typeVocabSize)] : []),
    ...(taskTypeVocabSize === undefined ? [] : [embedding("task_type", taskTypeVocabSize)]),
    ...layerNorm("bert.embeddings.LayerNorm", embeddingSize),
    ...(embeddingSize === hidden ? [] : linear("bert.embeddings_project", embeddingSize, hidden)),
    ...Array.from({ length: config.numHiddenLayers }, (_, i) => layer(`bert.encoder.layer.${i}`)).flat(),
  ];
  const head = headLayers(config);
  const named = (specs: readonly ParameterSpec[]) =>
    specs.map((spec) => ({ ...spec, name: parameterName(modelType, spec.name) }));
  return [...named(encoder), ...linear(head.hidden, hidden, hidden), ...linear(head.output, hidden, numLabels)];
}

/**
 * Returns whether a parameter belongs to the embeddings or to one of the first `layers` encoder layers, which
 * fine-tuning can freeze.
 *
 * @param name parameter name, as in {@link parameterSpecs}
 * @param layers number of encoder layers
 *
 * @example
 * ```ts
 * import { isBelowLayer } from "@bertie/model";
 *
 * console.log(isBelowLayer("bert.encoder.layer.0.output.dense.bias", 1)); // true
 * console.log(isBelowLayer("bert.encoder.layer.1.output.dense.bias", 1)); // false
 * ```
 */
export function isBelowLayer(name: string, layers: number): boolean {
  const layer = encoderLayer(name);
  return layer === undefined ? isEmbedding(name) : layer < layers;
}

/**
 * Returns the distance of a parameter from the head: 0 for the pooler and the classifier, 1 for the last encoder layer,
 * and one more for each layer below, down to the embeddings. Layer-wise learning rate decay (Howard and Ruder, 2018)
 * lowers the learning rate with this distance.
 *
 * @param name parameter name, as in {@link parameterSpecs}
 *
 * @example
 * ```ts
 * import { distanceFromHead } from "@bertie/model";
 *
 * const names = ["classifier.bias", "bert.encoder.layer.1.output.dense.bias", "bert.embeddings.LayerNorm.bias"];
 * console.log(names.map((name) => distanceFromHead(name, { numHiddenLayers: 2 }))); // [0, 1, 3]
 * ```
 */
export function distanceFromHead(name: string, { numHiddenLayers }: Pick<BertConfig, "numHiddenLayers">): number {
  const layer = encoderLayer(name);
  if (layer !== undefined) return numHiddenLayers - layer;
  return isEmbedding(name) ? numHiddenLayers + 1 : 0;
}

function encoderLayer(name: string): number | undefined {
  const [, layer] = /^\w+\.(?:encoder|transformer)\.layer\.(\d+)\./.exec(name) ?? [];
  return layer === undefined ? undefined : Number(layer);
}

function isEmbedding(name: string): boolean {
  return /^\w+\.embeddings(_project)?\./.test(name);
}
