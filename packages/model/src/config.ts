import { BertieError, type ProblemType, quote } from "@bertie/common";
import { CLASSIFIER_CLASSES, hasTokenTypes, type ModelType } from "./architectures.ts";
import { readConfigMembers } from "./config-json.ts";
import { labelsFromJson } from "./labels.ts";
import { problemTypeFromJson } from "./problem-type.ts";
import { readModelType } from "./supported-models.ts";

/**
 * Activation of the feed-forward network, by its name in transformers: exact gelu, x · ½ · (1 + erf(x / √2)); gelu_new and
 * quick_gelu, approximations of it; relu; relu2, its square; swish, x · sigmoid(x); tanh; sigmoid; or linear, which is x.
 */
export type HiddenAct = "gelu" | "gelu_new" | "quick_gelu" | "relu" | "relu2" | "swish" | "tanh" | "sigmoid" | "linear";

/** Sizes and constants of a BERT model, as in Google's bert_config.json and Hugging Face's config.json. */
export type BertConfig = {
  /** Architecture. @default "bert" */
  readonly modelType?: ModelType;
  /** Number of tokens in the vocabulary. */
  readonly vocabSize: number;
  /** Size of the hidden states. Divisible by `numAttentionHeads`. */
  readonly hiddenSize: number;
  /** Number of encoder layers. */
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  /** Size of the feed-forward network's hidden layer. */
  readonly intermediateSize: number;
  readonly hiddenAct: HiddenAct;
  /** Dropout rate of embeddings, layer outputs and the classifier, in [0, 1). */
  readonly hiddenDropoutProb: number;
  /** Dropout rate of attention weights, in [0, 1). */
  readonly attentionProbsDropoutProb: number;
  /** Maximum number of tokens per row. */
  readonly maxPositionEmbeddings: number;
  /** Number of token types. DistilBERT ignores token types. */
  readonly typeVocabSize: number;
  /** Size of the embeddings, if ELECTRA projects them to the size of the hidden states. @default hiddenSize */
  readonly embeddingSize?: number;
  /** Number of task types of an ERNIE model with task embeddings (`use_task_id`). @default no task embeddings */
  readonly taskTypeVocabSize?: number;
  /** Dropout rate of the classifier's input. @default hiddenDropoutProb */
  readonly classifierDropout?: number;
  /** Standard deviation of randomly initialized weights. */
  readonly initializerRange: number;
  /** Term added to the variance in layer normalization. */
  readonly layerNormEps: number;
  /** Labels of the classifier in the order of their ids, if the file has labels or a number of labels. */
  readonly labels?: readonly string[];
  /** Kind of problem that the classifier solves, if the file specifies it. */
  readonly problemType?: ProblemType;
  /** Class of the model in transformers, if the file specifies it. */
  readonly architecture?: string;
  /** Class of the tokenizer in transformers, if the file specifies it. */
  readonly tokenizerClass?: string;
};

/**
 * Maximum sizes. Larger values are mistakes or attacks: no real BERT is nearly as large, and allocating the memory would
 * crash the process. Each tensor is also limited to 2³⁰ elements, which is 4 GiB of float32.
 */
const MAX_SIZES = {
  vocab_size: 1 << 24,
  hidden_size: 1 << 16,
  num_hidden_layers: 1 << 10,
  num_attention_heads: 1 << 12,
  intermediate_size: 1 << 18,
  max_position_embeddings: 1 << 20,
  type_vocab_size: 1 << 12,
  embedding_size: 1 << 16,
  task_type_vocab_size: 1 << 12,
} as const;

/** Keys of DistilBERT's configuration, by BERT's keys. */
const DISTILBERT_KEYS: Readonly<Record<string, string>> = {
  hidden_size: "dim",
  num_hidden_layers: "n_layers",
  num_attention_heads: "n_heads",
  intermediate_size: "hidden_dim",
  hidden_act: "activation",
  hidden_dropout_prob: "dropout",
  attention_probs_dropout_prob: "attention_dropout",
  classifier_dropout: "seq_classif_dropout",
};
const MAX_TENSOR_ELEMENTS = 2 ** 30;
/** Maximum number of elements in all tensors: 16 GiB of float32, four times the size of the largest published BERT. */
const MAX_MODEL_ELEMENTS = 2 ** 32;

/** Supported activations by their names in configurations. */
const ACTIVATIONS: Readonly<Record<string, HiddenAct>> = {
  ...{ gelu: "gelu", gelu_python: "gelu" },
  ...{ gelu_new: "gelu_new", gelu_fast: "gelu_new", gelu_accurate: "gelu_new" },
  ...{ gelu_pytorch_tanh: "gelu_new", gelu_python_tanh: "gelu_new", quick_gelu: "quick_gelu" },
  ...{ relu: "relu", relu2: "relu2", swish: "swish", silu: "swish" },
  ...{ tanh: "tanh", sigmoid: "sigmoid", linear: "linear" },
};

/**
 * Parses the configuration of a BERT, ERNIE, ELECTRA or DistilBERT model: Google's bert_config.json or Hugging Face's
 * config.json.
 *
 * `vocab_size`, `hidden_size`, `num_hidden_layers`, `num_attention_heads` and `intermediate_size` are required. Other
 * keys have the defaults of pytorch-pretrained-bert 0.6.2. Keys that do not affect the forward pass are ignored.
 * Unsupported variants (another `model_type`, relative positions, a decoder) are rejected. DistilBERT has its own keys,
 * such as `dim` for `hidden_size`.
 *
 * @param text contents of the file
 * @param fileName file name used in error messages
 * @throws BertieError "config/json" if the text is not a JSON object, "config/duplicate-key", "config/missing-key",
 *   "config/bad-value", "config/too-large", "config/labels" or "config/unsupported" if a value is not valid or not
 *   supported
 *
 * @example
 * ```ts
 * import { bertConfigFromJson } from "@bertie/model";
 *
 * const sizes = { vocab_size: 21128, hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12 };
 * const config = bertConfigFromJson(JSON.stringify({ ...sizes, intermediate_size: 3072 }), "config.json");
 * console.log(config.hiddenAct, config.maxPositionEmbeddings); // gelu 512
 * ```
 */
export function bertConfigFromJson(text: string, fileName: string): BertConfig {
  const json = readConfigMembers(text, fileName);
  const modelType = readModelType(json, fileName);
  const keyOf = (key: string) => (modelType === "distilbert" ? (DISTILBERT_KEYS[key] ?? key) : key);
  const badValue = (key: string, text: string) =>
    new BertieError("config/bad-value", `${fileName}: "${keyOf(key)}" ${text}.`);

  const size = (key: keyof typeof MAX_SIZES, defaultValue?: number): number => {
    const value = json[keyOf(key)] ?? defaultValue;
    if (value === undefined) {
      const text = `${fileName}: "${keyOf(key)}" is missing. Add the value that the model was trained with.`;
      throw new BertieError("config/missing-key", text);
    }
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1) {
      throw badValue(key, `is ${quote(value)}, but must be a positive integer`);
    }
    if (value > MAX_SIZES[key]) throw badValue(key, `is ${value}, but must be at most ${MAX_SIZES[key]}`);
    return value;
  };
  const number = (key: string, defaultValue: number, accept: (value: number) => boolean, range: string): number => {
    const value = json[keyOf(key)] ?? defaultValue;
    if (typeof value !== "number" || !accept(value)) throw badValue(key, `is ${quote(value)}, but must be ${range}`);
    return value;
  };
  const probability = (key: string, defaultValue = 0.1) =>
    number(key, defaultValue, (p) => p >= 0 && p < 1, "at least 0 and less than 1");

  checkSupported(json, fileName);
  const labels = labelsFromJson(json, fileName);
  const problemType = problemTypeFromJson(json, fileName);
  const [architecture] = Array.isArray(json.architectures) ? (json.architectures as unknown[]) : [];
  const hiddenSize = size("hidden_size");
  const embeddingSize = modelType === "electra" ? size("embedding_size", 128) : hiddenSize;
  const hasClassifierDropout = modelType === "distilbert" || (json.classifier_dropout ?? undefined) !== undefined;
  const config: BertConfig = {
    ...(modelType !== "bert" && { modelType }),
    vocabSize: size("vocab_size"),
    hiddenSize,
    numHiddenLayers: size("num_hidden_layers"),
    numAttentionHeads: size("num_attention_heads"),
    intermediateSize: size("intermediate_size"),
    hiddenAct: activation(json[keyOf("hidden_act")] ?? "gelu", keyOf("hidden_act"), fileName),
    hiddenDropoutProb: probability("hidden_dropout_prob"),
    attentionProbsDropoutProb: probability("attention_probs_dropout_prob"),
    maxPositionEmbeddings: size("max_position_embeddings", 512),
    typeVocabSize: hasTokenTypes({ modelType }) ? size("type_vocab_size", 2) : 2,
    initializerRange: number("initializer_range", 0.02, (range) => range >= 0 && range <= 10, "between 0 and 10"),
    layerNormEps: number("layer_norm_eps", 1e-12, (eps) => eps > 0 && eps <= 1, "above 0 and at most 1"),
    ...(embeddingSize !== hiddenSize && { embeddingSize }),
    ...(modelType === "ernie" && json.use_task_id === true && { taskTypeVocabSize: size("task_type_vocab_size", 3) }),
    ...(hasClassifierDropout && { classifierDropout: probability("classifier_dropout", 0.2) }),
    ...(labels && { labels }),
    ...(problemType && { problemType }),
    ...(typeof architecture === "string" && { architecture }),
    ...(typeof json.tokenizer_class === "string" && { tokenizerClass: json.tokenizer_class }),
  };
  if (config.hiddenSize % config.numAttentionHeads !== 0) {
    throw badValue(
      "hidden_size",
      `is ${config.hiddenSize}, but must be divisible by "${keyOf("num_attention_heads")}" (${config.numAttentionHeads})`,
    );
  }
  for (const key of ["vocab_size", "hidden_size", "intermediate_size", "max_position_embeddings"] as const) {
    if (size(key, 512) * config.hiddenSize > MAX_TENSOR_ELEMENTS) {
      throw badValue(
        key,
        `times "${keyOf("hidden_size")}" (${config.hiddenSize}) must be at most ${MAX_TENSOR_ELEMENTS}, a tensor of 4 GiB. Check both values`,
      );
    }
  }
  checkModelSize(config, fileName);
  return config;
}

/** Throws if the sizes are valid individually but describe a model that is too large. */
function checkModelSize(config: BertConfig, fileName: string): void {
  const { hiddenSize, intermediateSize, numHiddenLayers, vocabSize, maxPositionEmbeddings } = config;
  const layer = 4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize;
  const weights = numHiddenLayers * layer + (vocabSize + maxPositionEmbeddings) * hiddenSize;
  if (weights <= MAX_MODEL_ELEMENTS) return;
  const text = `${fileName}: expected a model of at most ${MAX_MODEL_ELEMENTS} weights, found ${weights}. Check the sizes.`;
  throw new BertieError("config/too-large", text);
}

/**
 * Returns the contents of a Hugging Face config.json for a classifier, which transformers can load.
 *
 * @param config sizes and constants of the model
 * @param labels labels of the classifier in the order of their ids
 *
 * @example
 * ```ts
 * import { bertConfigFromJson, bertConfigToJson } from "@bertie/model";
 *
 * const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
 * const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
 * const text = bertConfigToJson(config, ["negative", "positive"]);
 * console.log(JSON.parse(text).id2label); // { "0": "negative", "1": "positive" }
 * ```
 */
export function bertConfigToJson(config: BertConfig, labels: readonly string[]): string {
  const { modelType = "bert", classifierDropout } = config;
  const shared = {
    architectures: [CLASSIFIER_CLASSES[modelType]],
    id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    initializer_range: config.initializerRange,
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    max_position_embeddings: config.maxPositionEmbeddings,
    model_type: modelType,
    pad_token_id: 0,
    ...(config.problemType && { problem_type: config.problemType }),
    torch_dtype: "float32",
    vocab_size: config.vocabSize,
  };
  const architecture = {
    attention_probs_dropout_prob: config.attentionProbsDropoutProb,
    ...(classifierDropout !== undefined && { classifier_dropout: classifierDropout }),
    hidden_act: config.hiddenAct,
    hidden_dropout_prob: config.hiddenDropoutProb,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_attention_heads: config.numAttentionHeads,
    num_hidden_layers: config.numHiddenLayers,
  };
  const embeddings = {
    ...(modelType === "electra" && { embedding_size: config.embeddingSize ?? config.hiddenSize }),
    ...(config.taskTypeVocabSize !== undefined && {
      use_task_id: true,
      task_type_vocab_size: config.taskTypeVocabSize,
    }),
    layer_norm_eps: config.layerNormEps,
    position_embedding_type: "absolute",
    type_vocab_size: config.typeVocabSize,
  };
  const json =
    modelType === "distilbert"
      ? { ...shared, ...withDistilbertKeys(architecture) }
      : { ...shared, ...architecture, ...embeddings };
  const sorted = Object.fromEntries(Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

function withDistilbertKeys(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [DISTILBERT_KEYS[key] ?? key, value]));
}

/** Settings that change what a model computes, and the values with which Bertie supports them. */
const FIXED_SETTINGS: Readonly<Record<string, unknown>> = {
  position_embedding_type: "absolute",
  is_decoder: false,
  add_cross_attention: false,
  is_encoder_decoder: false,
};

/** Settings of models that need code or weights which Bertie does not have, and what they mean. */
const UNSUPPORTED_SETTINGS: Readonly<Record<string, string>> = {
  quantization_config: "the weights are quantized. Choose the model without quantization",
  auto_map: "the model has its own code, which Bertie cannot run. Choose another model",
  pruned_heads: "attention heads were removed from the model. Choose a model with all heads",
  transformers_weights:
    "the weights have an unusual file name. Rename the file to model.safetensors and remove the key",
};

/** Throws if the configuration describes an unsupported variant of its architecture. */
function checkSupported(json: Record<string, unknown>, fileName: string): void {
  for (const [key, supported] of Object.entries(FIXED_SETTINGS)) {
    const value = json[key] ?? supported;
    if (value !== supported) {
      const text = `${fileName}: "${key}" is ${quote(value)}, but Bertie supports only ${quote(supported)}. Choose another model.`;
      throw new BertieError("config/unsupported", text);
    }
  }
  for (const [key, meaning] of Object.entries(UNSUPPORTED_SETTINGS)) {
    const value = json[key] ?? undefined;
    const isEmpty = typeof value === "object" && Object.keys(value as object).length === 0;
    if (value !== undefined && !isEmpty)
      throw new BertieError("config/unsupported", `${fileName}: "${key}" is set: ${meaning}.`);
  }
}

function activation(value: unknown, key: string, fileName: string): HiddenAct {
  if (typeof value === "string" && Object.hasOwn(ACTIVATIONS, value)) return ACTIVATIONS[value]!;
  const text = `${fileName}: "${key}" is ${quote(value)}, but Bertie supports only ${Object.keys(ACTIVATIONS).join(", ")}. Choose another model.`;
  throw new BertieError("config/bad-value", text);
}
