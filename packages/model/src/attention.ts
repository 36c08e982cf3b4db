import { add, matmul, mul, reshape, softmax, sum, type Tensor, transpose } from "@bertie/engine";
import type { BertConfig } from "./config.ts";
import { dropoutIf, linearIn, type Parameters } from "./modules.ts";

/** What attention works on. */
export interface AttentionInputs {
  /** The states that ask, [queries, batch, hidden]. */
  readonly x: Tensor;
  /** The states that are attended to, [length, batch, hidden]. */
  readonly all: Tensor;
  /** What is added to the scores, [batch, 1, 1, length]. */
  readonly mask: Tensor;
}

/** softmax(Q Kᵀ / √d + mask) V for each head (Vaswani et al., 2017), [queries, batch, hidden]. */
export function attention(p: Parameters, config: BertConfig, inputs: AttentionInputs, training: boolean): Tensor {
  const { numAttentionHeads: heads, hiddenSize } = config;
  const [queries, length] = [inputs.x.shape[0]!, inputs.all.shape[0]!];
  // What the one way multiplies that the other does not, of each: numbers divided by twice the batch and the hidden size.
  const isFew = queries * (hiddenSize + (heads - 1) * length) < length * hiddenSize;
  return (isFew ? attentionOfFew : attentionOfMany)(p, config, inputs, training);
}

function attentionOfMany(p: Parameters, config: BertConfig, { x, all, mask }: AttentionInputs, training: boolean) {
  const { heads, size, scale } = sizes(config);
  const split = (y: Tensor) => transpose(reshape(y, [y.shape[0]!, y.shape[1]!, heads, size]), [1, 2, 0, 3]);
  // In inference a part of the scale, one that changes no digit, comes after the product: TensorFlow makes one kernel of
  // product, scale and mask, but none without a scale. Training would have to take it back in a pass over all scores.
  const [before, after] = training ? [scale, undefined] : [2 * scale, 0.5];
  const query = split(linearIn(p, "query", x, before));
  const key = split(linearIn(p, "key", all));
  const value = split(linearIn(p, "value", all));

  const products = matmul(query, key, { transposeB: true }); // [batch, heads, queries, length]
  const scores = add(after === undefined ? products : mul(products, after), mask);
  const weights = dropoutIf(training, softmax(scores), config.attentionProbsDropoutProb);
  return reshape(transpose(matmul(weights, value), [2, 0, 1, 3]), x.shape);
}

/**
 * The same, without keys and values: q · (W h) is (Wᵀ q) · h, and a sum of values is the value of the sum. For a
 * classifier, whose last layer asks for one token, that spares most of the layer's work: a twentieth of four layers'.
 *
 * The keys' bias adds the same to all scores of a query and so changes no weight; the values' comes once, times the
 * weights' sum, which dropout makes other than 1.
 */
function attentionOfFew(p: Parameters, config: BertConfig, { x, all, mask }: AttentionInputs, training: boolean) {
  const { heads, size, scale } = sizes(config);
  const [queries, batch, hidden] = x.shape as [number, number, number];
  const length = all.shape[0]!;
  const ofHeads = (name: string) => reshape(p(`${name}.weight`), [heads, size, hidden]);
  const states = transpose(all, [1, 0, 2]);

  const query = reshape(mul(linearIn(p, "query", x), scale), [queries * batch, heads, size]);
  const wanted = matmul(transpose(query, [1, 0, 2]), ofHeads("key")); // [heads, queries · batch, hidden]
  const byBatch = transpose(reshape(wanted, [heads, queries, batch, hidden]), [2, 0, 1, 3]);
  const products = matmul(reshape(byBatch, [batch, heads * queries, hidden]), states, { transposeB: true });
  const scores = add(reshape(products, [batch, heads, queries, length]), mask);
  const weights = dropoutIf(training, softmax(scores), config.attentionProbsDropoutProb);

  const mixed = matmul(reshape(weights, [batch, heads * queries, length]), states);
  const byHead = transpose(reshape(mixed, [batch, heads, queries, hidden]), [1, 2, 0, 3]);
  const values = matmul(reshape(byHead, [heads, queries * batch, hidden]), ofHeads("value"), { transposeB: true });
  const totals = transpose(sum(weights, -1, { keepDims: true }), [1, 2, 0, 3]); // [heads, queries, batch, 1]
  const bias = mul(reshape(totals, [heads, queries * batch, 1]), reshape(p("value.bias"), [heads, 1, size]));
  return reshape(transpose(add(values, bias), [1, 0, 2]), x.shape);
}

function sizes({ numAttentionHeads: heads, hiddenSize }: BertConfig) {
  const size = hiddenSize / heads;
  return { heads, size, scale: 1 / Math.sqrt(size) };
}
