import type { BertConfig } from "@bertie/model";

/** Sizes of a model that determine memory and time. */
export type ModelSizes = Pick<
  BertConfig,
  "hiddenSize" | "numHiddenLayers" | "numAttentionHeads" | "intermediateSize" | "vocabSize" | "maxPositionEmbeddings"
>;

/** Shape of the largest training batch. */
export interface LargestBatch {
  /** Number of examples per micro-batch. */
  readonly size: number;
  /** Number of tokens per example. */
  readonly length: number;
}

const BYTES = 4; // float32
/** Memory of a process before it loads a model, in bytes. */
const PROCESS_BYTES = 70e6;
/** Copies of each weight during training: weights, gradients, and two moments, some of them in two buffers. */
const WEIGHT_COPIES = 7;
/** Values that the backward pass keeps per token and layer, in multiples of the hidden size. */
const KEPT_STATES = 9;
/** Values that the backward pass keeps per token and layer, in multiples of the size of the feed-forward layer. */
const KEPT_WIDE_STATES = 2;
/** Copies of the attention scores that the backward pass keeps. */
const KEPT_SCORES = 3;

/**
 * Estimates the peak memory of training with ONNX Runtime on a CPU in float32, in bytes.
 *
 * The constants were fitted to `bertie bench step` on models of 4 layers (hidden 512), 6 layers (hidden 384) and 12 layers
 * (hidden 768): estimates deviate by up to 20% from the measured memory.
 */
export function estimateMemory(sizes: ModelSizes, { size, length }: LargestBatch): number {
  const { hiddenSize, numAttentionHeads, numHiddenLayers, intermediateSize } = sizes;
  const states = KEPT_STATES * hiddenSize + KEPT_WIDE_STATES * intermediateSize;
  const scores = numAttentionHeads * length * KEPT_SCORES;
  const activations = size * length * numHiddenLayers * (states + scores) * BYTES;
  return PROCESS_BYTES + weightsOf(sizes) * BYTES * WEIGHT_COPIES + activations;
}

/** Estimates the number of floating-point operations of training on `tokens` tokens, padding included. */
export function trainingOperations(sizes: ModelSizes, tokens: number, length: number): number {
  const { hiddenSize, numHiddenLayers } = sizes;
  // A multiplication and an addition per weight in the forward pass, and twice as many in the backward pass.
  const perToken = 6 * layerWeights(sizes) * numHiddenLayers + 12 * numHiddenLayers * length * hiddenSize;
  return tokens * perToken;
}

function weightsOf(sizes: ModelSizes): number {
  const { vocabSize, maxPositionEmbeddings, hiddenSize, numHiddenLayers } = sizes;
  return (vocabSize + maxPositionEmbeddings) * hiddenSize + numHiddenLayers * layerWeights(sizes);
}

function layerWeights({ hiddenSize, intermediateSize }: ModelSizes): number {
  return 4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize;
}
