/** Supported architectures, by the `model_type` of Hugging Face. */
export const modelTypes = ["bert", "ernie", "electra", "distilbert"] as const;

/** Architecture of a model: BERT, or a variant with small differences. */
export type ModelType = (typeof modelTypes)[number];

/** Class of transformers that loads a classifier of each architecture. */
export const CLASSIFIER_CLASSES: Readonly<Record<ModelType, string>> = {
  bert: "BertForSequenceClassification",
  ernie: "ErnieForSequenceClassification",
  electra: "ElectraForSequenceClassification",
  distilbert: "DistilBertForSequenceClassification",
};

/** Names of DistilBERT's modules in an encoder layer, by BERT's names. */
const DISTILBERT_MODULES: Readonly<Record<string, string>> = {
  "attention.self.query": "attention.q_lin",
  "attention.self.key": "attention.k_lin",
  "attention.self.value": "attention.v_lin",
  "attention.output.dense": "attention.out_lin",
  "attention.output.LayerNorm": "sa_layer_norm",
  "intermediate.dense": "ffn.lin1",
  "output.dense": "ffn.lin2",
  "output.LayerNorm": "output_layer_norm",
};

/**
 * Returns the name of an encoder parameter in an architecture. The forward pass uses BERT's names, and weight files use
 * the names of their architecture.
 *
 * @param name name in BERT, such as `bert.encoder.layer.0.output.dense.weight`
 *
 * @example
 * ```ts
 * import { parameterName } from "@bertie/model";
 *
 * console.log(parameterName("distilbert", "bert.encoder.layer.0.output.dense.bias")); // distilbert.transformer.layer.0.ffn.lin2.bias
 * ```
 */
export function parameterName(modelType: ModelType, name: string): string {
  const inner = name.replace(/^bert\./, "");
  if (inner === name) return name;
  const [, layer, module, kind] = /^encoder\.layer\.(\d+)\.(.+)\.(weight|bias)$/.exec(inner) ?? [];
  if (modelType !== "distilbert" || layer === undefined) return `${modelType}.${inner}`;
  return `distilbert.transformer.layer.${layer}.${DISTILBERT_MODULES[module!]}.${kind}`;
}

/** The layers between the encoder and the logits. */
export interface HeadLayers {
  /** Name of the hidden layer, which has as many outputs as inputs. */
  readonly hidden: string;
  /** Activation after the hidden layer. */
  readonly activation: "tanh" | "gelu" | "relu";
  /** Name of the output layer, which computes the logits. */
  readonly output: string;
}

const HEADS: Readonly<Record<ModelType, HeadLayers>> = {
  bert: { hidden: "bert.pooler.dense", activation: "tanh", output: "classifier" },
  ernie: { hidden: "ernie.pooler.dense", activation: "tanh", output: "classifier" },
  electra: { hidden: "classifier.dense", activation: "gelu", output: "classifier.out_proj" },
  distilbert: { hidden: "pre_classifier", activation: "relu", output: "classifier" },
};

/**
 * Returns the names of the layers between the encoder and the logits of an architecture.
 *
 * @example
 * ```ts
 * import { headLayers } from "@bertie/model";
 *
 * console.log(headLayers({ modelType: "electra" }).output); // classifier.out_proj
 * ```
 */
export function headLayers({ modelType = "bert" }: { readonly modelType?: ModelType }): HeadLayers {
  return HEADS[modelType];
}

/** Returns whether the model has embeddings of token types, which distinguish the two texts of a pair. */
export function hasTokenTypes({ modelType }: { readonly modelType?: ModelType }): boolean {
  return modelType !== "distilbert";
}
