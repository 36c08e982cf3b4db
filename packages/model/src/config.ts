import { BertieError } from "@bertie/common";
import { readConfigMembers } from "./config-json.ts";
import { labelsFromJson } from "./labels.ts";
import { quote } from "./quote.ts";

/** The activation after a layer's first linear map: gelu is the exact one, x · ½ · (1 + erf(x / √2)); swish is x · sigmoid(x). */
export type HiddenAct = "gelu" | "relu" | "swish";

/** The shape of a BERT and the constants of its training, as bert_config.json and Hugging Face's config.json state them. */
export type BertConfig = {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: HiddenAct;
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  /** Standard deviation of the weights drawn at the start. */
  readonly initializerRange: number;
  readonly layerNormEps: number;
  /** The classifier's labels in the order of their ids, where the file names or counts them. */
  readonly labels?: readonly string[];
};

/**
 * Sizes beyond these are slips or attacks: no BERT comes near them, and asking for the memory would end the process.
 * Each tensor is held to 2³⁰ elements as well, which is 4 GiB of float32.
 */
const LARGEST = {
  vocab_size: 1 << 24,
  hidden_size: 1 << 16,
  num_hidden_layers: 1 << 10,
  num_attention_heads: 1 << 12,
  intermediate_size: 1 << 18,
  max_position_embeddings: 1 << 20,
  type_vocab_size: 1 << 12,
} as const;
const LARGEST_TENSOR = 2 ** 30;
/** Of all layers together: 16 GiB of float32, four times the largest BERT that has been published. */
const LARGEST_MODEL = 2 ** 32;

/** Names under which configurations ask for our activations, and those that look alike but are other functions. */
const ACTIVATIONS: Readonly<Record<string, HiddenAct>> = { gelu: "gelu", relu: "relu", swish: "swish", silu: "swish" };
const TANH_GELUS = new Set(["gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_accurate"]);

/**
 * Reads a BERT configuration, Google's bert_config.json or Hugging Face's config.json.
 *
 * The five sizes that say what the model is must be there; the rest have the defaults of the reference implementation
 * (pytorch-pretrained-bert 0.6.2). Keys that do not change the forward pass are ignored; those that would, and that we
 * do not carry out (another model_type, relative positions, a decoder), are refused.
 *
 * @param text the file's content  @param fileName for messages
 * @throws BertieError config/json, config/duplicate-key, config/missing-key, config/bad-value, config/too-large,
 *   config/labels, config/unsupported
 */
export function bertConfigFromJson(text: string, fileName: string): BertConfig {
  const json = readConfigMembers(text, fileName);
  const fault = (key: string, what: string) => new BertieError("config/bad-value", `${fileName}: "${key}" ${what}`);

  const size = (key: keyof typeof LARGEST, otherwise?: number): number => {
    const value = json[key] ?? otherwise;
    if (value === undefined) {
      throw new BertieError(
        "config/missing-key",
        `${fileName}: "${key}" is missing; add it as the model's authors give it`,
      );
    }
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1) {
      throw fault(key, `is ${quote(value)}, but must be a positive whole number`);
    }
    if (value > LARGEST[key]) throw fault(key, `is ${value}, more than the ${LARGEST[key]} that Bertie allows`);
    return value;
  };
  const number = (key: string, otherwise: number, accept: (value: number) => boolean, range: string): number => {
    const value = json[key] ?? otherwise;
    if (typeof value !== "number" || !accept(value)) throw fault(key, `is ${quote(value)}, but must be ${range}`);
    return value;
  };
  const probability = (key: string) => number(key, 0.1, (p) => p >= 0 && p < 1, "at least 0 and less than 1");

  refuseOtherModels(json, fileName);
  const labels = labelsFromJson(json, fileName);
  const config: BertConfig = {
    vocabSize: size("vocab_size"),
    hiddenSize: size("hidden_size"),
    numHiddenLayers: size("num_hidden_layers"),
    numAttentionHeads: size("num_attention_heads"),
    intermediateSize: size("intermediate_size"),
    hiddenAct: activation(json.hidden_act ?? "gelu", fileName),
    hiddenDropoutProb: probability("hidden_dropout_prob"),
    attentionProbsDropoutProb: probability("attention_probs_dropout_prob"),
    maxPositionEmbeddings: size("max_position_embeddings", 512),
    typeVocabSize: size("type_vocab_size", 2),
    initializerRange: number("initializer_range", 0.02, (range) => range >= 0 && range <= 10, "between 0 and 10"),
    layerNormEps: number("layer_norm_eps", 1e-12, (eps) => eps > 0 && eps <= 1, "above 0 and at most 1"),
    ...(labels && { labels }),
  };
  if (config.hiddenSize % config.numAttentionHeads !== 0) {
    throw fault(
      "hidden_size",
      `is ${config.hiddenSize}, which "num_attention_heads" ${config.numAttentionHeads} does not divide`,
    );
  }
  for (const key of ["vocab_size", "hidden_size", "intermediate_size", "max_position_embeddings"] as const) {
    if (size(key, 512) * config.hiddenSize > LARGEST_TENSOR) {
      throw fault(
        key,
        `times "hidden_size" ${config.hiddenSize} makes a tensor of more than 4 GiB; is one of them a slip?`,
      );
    }
  }
  refuseGiants(config, fileName);
  return config;
}

/** Each size may be possible, and all of them together not. */
function refuseGiants(config: BertConfig, fileName: string): void {
  const { hiddenSize, intermediateSize, numHiddenLayers, vocabSize, maxPositionEmbeddings } = config;
  const layer = 4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize;
  const weights = numHiddenLayers * layer + (vocabSize + maxPositionEmbeddings) * hiddenSize;
  if (weights <= LARGEST_MODEL) return;
  const text = `${fileName}: describes a model of ${weights} weights, more than the ${LARGEST_MODEL} that Bertie allows; is a size a slip?`;
  throw new BertieError("config/too-large", text);
}

/**
 * Writes the configuration of a classifier as Hugging Face's config.json, which transformers loads as it is.
 *
 * @param labels the classifier's labels in the order of their ids
 */
export function bertConfigToJson(config: BertConfig, labels: readonly string[]): string {
  const json = {
    architectures: ["BertForSequenceClassification"],
    attention_probs_dropout_prob: config.attentionProbsDropoutProb,
    hidden_act: config.hiddenAct,
    hidden_dropout_prob: config.hiddenDropoutProb,
    hidden_size: config.hiddenSize,
    id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    initializer_range: config.initializerRange,
    intermediate_size: config.intermediateSize,
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    layer_norm_eps: config.layerNormEps,
    max_position_embeddings: config.maxPositionEmbeddings,
    model_type: "bert",
    num_attention_heads: config.numAttentionHeads,
    num_hidden_layers: config.numHiddenLayers,
    pad_token_id: 0,
    position_embedding_type: "absolute",
    torch_dtype: "float32",
    type_vocab_size: config.typeVocabSize,
    vocab_size: config.vocabSize,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function refuseOtherModels(json: Record<string, unknown>, fileName: string): void {
  const expect = (key: string, supported: unknown) => {
    const value = json[key] ?? supported;
    if (value !== supported) {
      const text = `${fileName}: "${key}" is ${quote(value)}, but Bertie runs only models where it is ${quote(supported)}`;
      throw new BertieError("config/unsupported", text);
    }
  };
  expect("model_type", "bert");
  expect("position_embedding_type", "absolute");
  expect("is_decoder", false);
}

function activation(value: unknown, fileName: string): HiddenAct {
  if (typeof value === "string") {
    if (Object.hasOwn(ACTIVATIONS, value)) return ACTIVATIONS[value]!;
    if (TANH_GELUS.has(value)) {
      const text = `${fileName}: "hidden_act" ${value} approximates gelu by tanh, another function than the exact gelu that Bertie has`;
      throw new BertieError("config/unsupported", text);
    }
  }
  throw new BertieError(
    "config/bad-value",
    `${fileName}: "hidden_act" is ${quote(value)}, but must be gelu, relu or swish`,
  );
}
