import {
  add,
  cast,
  type DType,
  gather,
  gelu,
  matmul,
  mul,
  oneHot,
  relu,
  reshape,
  slice,
  sub,
  swish,
  type Tensor,
  tanh,
  transpose,
} from "@bertie/engine";
import { attention } from "./attention.ts";
import type { BertConfig } from "./config.ts";
import { dropoutIf, linearIn, norm, type Parameters, within } from "./modules.ts";

/** What BERT reads, each int32 of shape [batch, length]. */
export interface BertInputs {
  readonly inputIds: Tensor;
  /** 1 for tokens, 0 for padding. */
  readonly inputMask: Tensor;
  /** 0 for the first text, 1 for the second. */
  readonly segmentIds: Tensor;
}

const activations = { gelu, relu, swish };

/**
 * Classifies texts: the logits [batch, labels] of BERT with a linear classifier on the pooled output.
 *
 * BertForSequenceClassification of pytorch-pretrained-bert 0.6.2; with dropout when `training`.
 */
export function bertForSequenceClassification(
  p: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  training: boolean,
): Tensor {
  const first = bertEncoder(p, config, inputs, training, 1);
  const pooled = bertPooler(p, reshape(first, [first.shape[1]!, config.hiddenSize]));
  return linearIn(p, "classifier", dropoutIf(training, pooled, config.hiddenDropoutProb));
}

/**
 * BERT (Devlin et al., 2018): a Transformer encoder over embedded tokens. Gives the last layer's hidden states.
 *
 * Hidden states are laid out [length, batch, hidden], tokens first: the attention's matrix products can then read
 * queries, keys and values where they stand, and the first tokens of all texts lie together.
 *
 * @param outputs how many tokens' states are wanted, from the first; the last layer does no work for the others, which
 *   for a classifier spares most of it. Default: all.
 */
export function bertEncoder(
  p: Parameters,
  config: BertConfig,
  inputs: BertInputs,
  training: boolean,
  outputs = inputs.inputIds.shape[1]!,
): Tensor {
  const [batch, length] = inputs.inputIds.shape as [number, number];
  let hidden = embeddings(p, config, inputs, training);
  const mask = reshape(attentionBias(inputs.inputMask, hidden.dtype), [batch, 1, 1, length]);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const wanted = layer < config.numHiddenLayers - 1 ? hidden : slice(hidden, 0, 0, outputs);
    hidden = encoderLayer(within(p, `bert.encoder.layer.${layer}`), config, wanted, hidden, mask, training);
  }
  return hidden;
}

/** The first token's state through a linear map and tanh, [batch, hidden] → the same. */
export function bertPooler(p: Parameters, first: Tensor): Tensor {
  return tanh(linearIn(p, "bert.pooler.dense", first));
}

/** The sum of word, position and segment embeddings, normalised, [length, batch, hidden]. */
function embeddings(p: Parameters, config: BertConfig, inputs: BertInputs, training: boolean): Tensor {
  const e = within(p, "bert.embeddings");
  const [batch, length] = inputs.inputIds.shape as [number, number];
  const words = gather(e("word_embeddings.weight"), transpose(inputs.inputIds, [1, 0]));
  const positions = reshape(slice(e("position_embeddings.weight"), 0, 0, length), [length, 1, config.hiddenSize]);
  // As a product, because the table has few rows: its gradient is then one too.
  const segmentRows = reshape(transpose(inputs.segmentIds, [1, 0]), [length * batch]);
  const segments = matmul(oneHot(segmentRows, config.typeVocabSize, words.dtype), e("token_type_embeddings.weight"));
  const sum = add(add(words, positions), reshape(segments, words.shape));
  return dropoutIf(training, norm(e, config, sum), config.hiddenDropoutProb);
}

/**
 * Attention, then a feed-forward network, each with a residual connection and layer normalisation.
 *
 * @param x the states to renew, [queries, batch, hidden]  @param all the states they attend to, [length, batch, hidden]
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
  const context = attention(within(p, "attention.self"), config, { x, all, mask }, training);
  const attended = dropoutIf(training, linearIn(p, "attention.output.dense", context), rate);
  const y = norm(within(p, "attention.output"), config, add(attended, x));

  const wide = activations[config.hiddenAct](linearIn(p, "intermediate.dense", y));
  const narrow = dropoutIf(training, linearIn(p, "output.dense", wide), rate);
  return norm(within(p, "output"), config, add(narrow, y));
}

/** 0 where there is a token, −10000 where there is padding: added to the scores, it leaves padding no weight. */
function attentionBias(inputMask: Tensor, dtype: DType): Tensor {
  return mul(sub(1, cast(inputMask, dtype)), -10000);
}
