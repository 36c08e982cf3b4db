import {
  add,
  cast,
  type DType,
  gather,
  gelu,
  geluTanh,
  matmul,
  mul,
  oneHot,
  quickGelu,
  relu,
  reshape,
  sigmoid,
  slice,
  sub,
  swish,
  type Tensor,
  tanh,
  transpose,
} from "@bertie/engine";
import { hasTokenTypes, headLayers } from "./architectures.ts";
import { attention } from "./attention.ts";
import type { BertConfig, HiddenAct } from "./config.ts";
import { dropoutIf, linearLayer, norm, type Parameters, withBertNames, withPrefix } from "./modules.ts";

/** Inputs of BERT, each int32 `[batch, length]`. */
export interface BertInputs {
  /** Token ids. */
  readonly inputIds: Tensor;
  /** Attention mask: 1 for tokens, 0 for padding. */
  readonly inputMask: Tensor;
  /** Token type ids: 0 for the first text of a pair, 1 for the second. */
  readonly segmentIds: Tensor;
}

const activations: Readonly<Record<HiddenAct, (x: Tensor) => Tensor>> = {
  ...{ gelu, gelu_new: geluTanh, quick_gelu: quickGelu, relu, swish, tanh, sigmoid },
  relu2: (x) => mul(relu(x), relu(x)),
  linear: (x) => x,
};
const headActivations = { tanh, gelu, relu };

/**
 * Traces the logits of a classifier, `[batch, labels]`: encoder, pooler and a linear classifier.
 *
 * Follows BertForSequenceClassification of pytorch-pretrained-bert 0.6.2. For other architectures (`modelType`), follows
 * the corresponding class of transformers: ERNIE (Sun et al., 2019), ELECTRA (Clark et al., 2020) and DistilBERT (Sanh et
 * al., 2019).
 *
 * @param p parameters by name, float32, with the shapes of {@link parameterSpecs}
 * @param config sizes and constants of the model
 * @param inputs token ids, attention mask and token type ids
 * @param training whether dropout is applied
 *
 * @example
 * ```ts
 * import { Random } from "@bertie/common";
 * import { createReferenceExecutor, float32, int32, trace } from "@bertie/engine";
 * import { bertConfigFromJson, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
 *
 * const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
 * const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
 * const specs = parameterSpecs(config, 2);
 * const program = trace(({ feed, state }) => {
 *   const matrix = (name: string) => feed(name, "int32", [1, 3]);
 *   const inputs = { inputIds: matrix("ids"), inputMask: matrix("mask"), segmentIds: matrix("segments") };
 *   const p = (name: string) => state(name, "float32", specs.find((spec) => spec.name === name)!.shape);
 *   return { outputs: { logits: bertForSequenceClassification(p, config, inputs, false) } };
 * });
 *
 * const executor = createReferenceExecutor();
 * const values = initializeParameters(specs, config.initializerRange, new Random(42, "initialize"));
 * for (const { name, shape } of specs) await executor.write(name, float32(values.get(name)!, shape));
 * const compiled = await executor.compile(program);
 * const row = (...values: number[]) => int32(Int32Array.from(values), [1, 3]);
 * const { logits } = await compiled.run({ ids: row(2, 5, 3), mask: row(1, 1, 1), segments: row(0, 0, 0) });
 * console.log(logits!.shape); // [1, 2]
 * ```
 */
export function bertForSequenceClassification(
  p: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  training: boolean,
): Tensor {
  const states = bertEncoder(p, config, inputs, training, 1);
  const first = reshape(states, [states.shape[1]!, config.hiddenSize]);
  const { modelType, classifierDropout: rate = config.hiddenDropoutProb } = config;
  const head = headLayers(config);
  const input = dropoutIf(training && modelType === "electra", first, rate);
  const pooled = headActivations[head.activation](linearLayer(p, head.hidden, input));
  return linearLayer(p, head.output, dropoutIf(training, pooled, rate));
}

/**
 * Traces the hidden states of the last layer of BERT (Devlin et al., 2019), `[outputs, batch, hidden]`.
 *
 * Hidden states have the token axis first. Attention can then read queries, keys and values without copying them, and
 * the first tokens of all texts are contiguous.
 *
 * @param parameters parameters by name, float32, with the shapes of {@link parameterSpecs}
 * @param config sizes and constants of the model
 * @param inputs token ids, attention mask and token type ids
 * @param training whether dropout is applied
 * @param outputs number of leading tokens whose states are returned. The last layer skips the other tokens, which saves
 *   most of its work in a classifier. @default all tokens
 *
 * @example
 * ```ts
 * import { trace } from "@bertie/engine";
 * import { bertConfigFromJson, bertEncoder, parameterSpecs } from "@bertie/model";
 *
 * const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
 * const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
 * const specs = parameterSpecs(config, 2);
 * trace(({ feed, state }) => {
 *   const matrix = (name: string) => feed(name, "int32", [2, 3]); // 2 texts of 3 tokens
 *   const inputs = { inputIds: matrix("ids"), inputMask: matrix("mask"), segmentIds: matrix("segments") };
 *   const p = (name: string) => state(name, "float32", specs.find((spec) => spec.name === name)!.shape);
 *   const hidden = bertEncoder(p, config, inputs, false);
 *   console.log(hidden.shape); // [3, 2, 4]
 *   return { outputs: { hidden } };
 * });
 * ```
 */
export function bertEncoder(
  parameters: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  training: boolean,
  outputs = inputs.inputIds.shape[1]!,
): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  const p = withBertNames(parameters, config);
  let hidden = embeddings(p, config, inputs, training);
  const mask = reshape(attentionBias(inputs.inputMask, hidden.dtype), [batch, 1, 1, length]);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const queried = layer < config.numHiddenLayers - 1 ? hidden : slice(hidden, 0, 0, outputs);
    hidden = encoderLayer(withPrefix(p, `bert.encoder.layer.${layer}`), config, queried, hidden, mask, training);
  }
  return hidden;
}

/**
 * Traces the pooler of BERT: a linear layer and tanh, `[batch, hidden]` to `[batch, hidden]`.
 *
 * @param p parameters by name, float32
 * @param first hidden states of the first token of each text, `[batch, hidden]`
 *
 * @example
 * ```ts
 * import { trace } from "@bertie/engine";
 * import { bertPooler } from "@bertie/model";
 *
 * trace(({ feed, state }) => {
 *   const p = (name: string) => state(name, "float32", name.endsWith("weight") ? [4, 4] : [4]);
 *   const pooled = bertPooler(p, feed("first", "float32", [2, 4]));
 *   console.log(pooled.shape); // [2, 4]
 *   return { outputs: { pooled } };
 * });
 * ```
 */
export function bertPooler(p: Parameters, first: Tensor): Tensor {
  return tanh(linearLayer(p, "bert.pooler.dense", first));
}

/**
 * Returns the normalized sum of word, position, token type and task type embeddings, projected to the size of the hidden
 * states, `[length, batch, hidden]`.
 */
function embeddings(p: Parameters, config: BertConfig, inputs: BertInputs, training: boolean): Tensor {
  const e = withPrefix(p, "bert.embeddings");
  const { hiddenSize, embeddingSize = hiddenSize, taskTypeVocabSize } = config;
  const length = inputs.inputIds.shape[1]!;
  const words = gather(e("word_embeddings.weight"), transpose(inputs.inputIds, [1, 0]));
  const positions = reshape(slice(e("position_embeddings.weight"), 0, 0, length), [length, 1, embeddingSize]);
  const segments = hasTokenTypes(config) ? tokenTypeEmbeddings(e, config, inputs, words.dtype) : undefined;
  let sum = add(words, positions);
  if (segments !== undefined) sum = add(sum, reshape(segments, words.shape));
  // The task type of all tokens is 0, as in transformers if the caller does not set it.
  if (taskTypeVocabSize !== undefined) {
    sum = add(sum, reshape(slice(e("task_type_embeddings.weight"), 0, 0, 1), [1, 1, embeddingSize]));
  }
  const normalized = dropoutIf(training, norm(e, config, sum), config.hiddenDropoutProb);
  return embeddingSize === hiddenSize ? normalized : linearLayer(p, "bert.embeddings_project", normalized);
}

/** Returns the embeddings of the token types, `[length · batch, embedding]`. */
function tokenTypeEmbeddings(e: Parameters, { typeVocabSize }: BertConfig, { segmentIds }: BertInputs, dtype: DType) {
  const [batch, length] = segmentIds.shape as [number, number];
  // The table has few rows, so a matmul with one-hot rows is fast, and so is its gradient, which is also a matmul.
  const rows = reshape(transpose(segmentIds, [1, 0]), [length * batch]);
  return matmul(oneHot(rows, typeVocabSize, dtype), e("token_type_embeddings.weight"));
}

/**
 * Traces an encoder layer: attention and a feed-forward network, each with a residual connection and layer
 * normalization.
 *
 * @param x states to update, `[queries, batch, hidden]`
 * @param all states to attend to, `[length, batch, hidden]`
 * @param mask additive attention mask, `[batch, 1, 1, length]`
 * @returns the updated states, `[queries, batch, hidden]`
 */
function encoderLayer(
  p: Parameters,
  config: BertConfig,
  x: Tensor,
  all: Tensor,
  mask: Tensor,
  training: boolean,
): Tensor {
  const rate = config.hiddenDropoutProb;
  const context = attention(withPrefix(p, "attention.self"), config, { x, all, mask }, training);
  // DistilBERT has no dropout after attention.
  const dropsAttention = training && config.modelType !== "distilbert";
  const attended = dropoutIf(dropsAttention, linearLayer(p, "attention.output.dense", context), rate);
  const y = norm(withPrefix(p, "attention.output"), config, add(attended, x));

  const wide = activations[config.hiddenAct](linearLayer(p, "intermediate.dense", y));
  const narrow = dropoutIf(training, linearLayer(p, "output.dense", wide), rate);
  return norm(withPrefix(p, "output"), config, add(narrow, y));
}

/** Returns 0 for tokens and −10000 for padding. Added to attention scores, −10000 makes the weights of padding 0. */
function attentionBias(inputMask: Tensor, dtype: DType): Tensor {
  return mul(sub(1, cast(inputMask, dtype)), -10000);
}
