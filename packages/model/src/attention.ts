import { add, matmul, mul, reshape, softmax, sum, type Tensor, transpose } from "@bertie/engine";
import type { BertConfig } from "./config.ts";
import { dropoutIf, linearLayer, type Parameters } from "./modules.ts";

/** Inputs of attention. */
export interface AttentionInputs {
  /** States from which queries are computed, `[queries, batch, hidden]`. */
  readonly x: Tensor;
  /** States from which keys and values are computed, `[length, batch, hidden]`. */
  readonly all: Tensor;
  /** Additive attention mask, `[batch, 1, 1, length]`. */
  readonly mask: Tensor;
}

/**
 * Traces softmax(Q Kᵀ / √d + mask) V for each head (Vaswani et al., 2017), `[queries, batch, hidden]`.
 *
 * Two implementations return the same result. The one with fewer multiplications for the given shapes is used.
 */
export function attention(p: Parameters, config: BertConfig, inputs: AttentionInputs, training: boolean): Tensor {
  const { numAttentionHeads: heads, hiddenSize } = config;
  const [queries, length] = [inputs.x.shape[0]!, inputs.all.shape[0]!];
  // Compares the multiplications that only one of the implementations needs, divided by 2 · batch · hidden.
  const absorbedIsCheaper = queries * (hiddenSize + (heads - 1) * length) < length * hiddenSize;
  return (absorbedIsCheaper ? absorbedAttention : multiHeadAttention)(p, config, inputs, training);
}

function multiHeadAttention(p: Parameters, config: BertConfig, { x, all, mask }: AttentionInputs, training: boolean) {
  const { heads, size, scale } = sizes(config);
  const split = (y: Tensor) => transpose(reshape(y, [y.shape[0]!, y.shape[1]!, heads, size]), [1, 2, 0, 3]);
  // In inference, a factor of 1/2, which is exact, is applied after the matmul: TensorFlow fuses matmul, scale and mask
  // into one kernel, but only if there is a scale. In training, its gradient would take another pass over all scores.
  const [before, after] = training ? [scale, undefined] : [2 * scale, 0.5];
  const query = split(linearLayer(p, "query", x, before));
  const key = split(linearLayer(p, "key", all));
  const value = split(linearLayer(p, "value", all));

  const products = matmul(query, key, { transposeB: true }); // [batch, heads, queries, length]
  const scores = add(after === undefined ? products : mul(products, after), mask);
  const weights = dropoutIf(training, softmax(scores), config.attentionProbsDropoutProb);
  return reshape(transpose(matmul(weights, value), [2, 0, 1, 3]), x.shape);
}

/**
 * Traces attention with the key and value projections absorbed: q · (W h) = (Wᵀ q) · h, and a weighted sum of values is
 * the value projection of the weighted sum of states.
 *
 * The last layer of a classifier has only one query per text. In this layer, most of the remaining work is the key and
 * value projections, which are 5% of the work of a model with four layers.
 *
 * The key bias adds the same constant to all scores of a query, so it does not affect the weights and is omitted. The
 * value bias is multiplied by the sum of the weights, which is not 1 with dropout.
 */
function absorbedAttention(p: Parameters, config: BertConfig, { x, all, mask }: AttentionInputs, training: boolean) {
  const { heads, size, scale } = sizes(config);
  const [queries, batch, hidden] = x.shape as [number, number, number];
  const length = all.shape[0]!;
  const weightByHead = (name: string) => reshape(p(`${name}.weight`), [heads, size, hidden]);
  const states = transpose(all, [1, 0, 2]);

  const query = reshape(mul(linearLayer(p, "query", x), scale), [queries * batch, heads, size]);
  const absorbed = matmul(transpose(query, [1, 0, 2]), weightByHead("key")); // [heads, queries · batch, hidden]
  const byBatch = transpose(reshape(absorbed, [heads, queries, batch, hidden]), [2, 0, 1, 3]);
  const products = matmul(reshape(byBatch, [batch, heads * queries, hidden]), states, { transposeB: true });
  const scores = add(reshape(products, [batch, heads, queries, length]), mask);
  const weights = dropoutIf(training, softmax(scores), config.attentionProbsDropoutProb);

  const mixed = matmul(reshape(weights, [batch, heads * queries, length]), states);
  const byHead = transpose(reshape(mixed, [batch, heads, queries, hidden]), [1, 2, 0, 3]);
  const values = matmul(reshape(byHead, [heads, queries * batch, hidden]), weightByHead("value"), { transposeB: true });
  const totals = transpose(sum(weights, -1, { keepDims: true }), [1, 2, 0, 3]); // [heads, queries, batch, 1]
  const bias = mul(reshape(totals, [heads, queries * batch, 1]), reshape(p("value.bias"), [heads, 1, size]));
  return reshape(transpose(add(values, bias), [1, 0, 2]), x.shape);
}

function sizes({ numAttentionHeads: heads, hiddenSize }: BertConfig) {
  const size = hiddenSize / heads;
  return { heads, size, scale: 1 / Math.sqrt(size) };
}
