import { isFloat } from "../dtype.ts";
import { emit, emitAll, type Tensor } from "../graph.ts";
import { sameShape } from "../shape.ts";
import { mul } from "./elementwise.ts";

/** e^xᵢ / Σ e^xⱼ over the last axis. */
export function softmax(x: Tensor): Tensor {
  if (!isFloat(x.dtype) || x.shape.length === 0) throw new Error(`softmax of ${x.dtype}[${x.shape}]`);
  return emit(x.graph, "softmax", [x], {}, x);
}

/**
 * Layer normalisation over the last axis (Ba et al., 2016): gamma · (x − mean) / √(variance + epsilon) + beta, with the
 * biased variance and epsilon inside the root. gamma and beta are of shape [width].
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const width = [x.shape.at(-1)!];
  for (const [name, { shape, dtype }] of Object.entries({ gamma, beta }))
    if (!isFloat(x.dtype) || dtype !== x.dtype || !sameShape(shape, width))
      throw new Error(`layerNorm of ${x.dtype}[${x.shape}] with ${name} ${dtype}[${shape}]`);
  // Mean and 1/√(variance + epsilon) of each row come out as well: the derivative uses them.
  const statistics = { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype };
  return emitAll(x.graph, "layerNorm", [x, gamma, beta], { epsilon }, [x, statistics, statistics])[0]!;
}

/** −log softmax(logits)[label], a row: logits [n, classes], labels int32 [n] → [n]. The labels are in [0, classes). */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (logits.shape.length !== 2 || labels.dtype !== "int32" || !sameShape(labels.shape, logits.shape.slice(0, 1)))
    throw new Error(`crossEntropy of [${logits.shape}] with labels ${labels.dtype}[${labels.shape}]`);
  return emit(logits.graph, "crossEntropy", [logits, labels], {}, { shape: labels.shape, dtype: logits.dtype });
}

/**
 * Dropout (Srivastava et al., 2014): each element becomes 0 with probability `rate`, the others are divided by 1 − rate.
 *
 * The mask depends on the run's dropout seed and on which call of dropout in the trace this is, and on nothing else: it
 * is the same with every executor.
 */
export function dropout(x: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new Error(`dropout with rate ${rate}`);
  if (rate === 0) return x;
  const mask = emit(x.graph, "dropoutMask", [], { rate, site: x.graph.dropoutSites++ }, x);
  return mul(x, mask);
}
