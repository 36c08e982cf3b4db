import { isFloat } from "../dtype.ts";
import { emit, emitAll, type Tensor } from "../graph.ts";
import { sameShape } from "../shape.ts";
import { mul } from "./elementwise.ts";

/**
 * Returns the softmax e^xᵢ / Σ e^xⱼ over the last axis.
 *
 * @throws Error if x is a scalar or not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, softmax, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: softmax(constant(graph, [0, Math.log(3)])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0.25, 0.75 ]
 * ```
 */
export function softmax(x: Tensor): Tensor {
  if (!isFloat(x.dtype) || x.shape.length === 0)
    throw new Error(
      `softmax: the operand is ${x.dtype}[${x.shape}], expected a floating-point tensor of rank 1 or more. Cast or reshape it.`,
    );
  return emit(x.graph, "softmax", [x], {}, x);
}

/**
 * Applies layer normalization over the last axis (Ba et al., 2016): gamma · (x − mean) / √(variance + epsilon) + beta,
 * with the biased variance.
 *
 * @param gamma scale, `[width]`
 * @param beta offset, `[width]`
 * @throws Error if the dtypes differ or are not floating-point, or gamma or beta has another shape
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, layerNorm, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const [gamma, beta] = [constant(graph, [1, 1]), constant(graph, [0, 0])];
 *   return { outputs: { y: layerNorm(constant(graph, [1, 3]), gamma, beta, 1e-12) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ -1, 1 ]
 * ```
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const width = [x.shape.at(-1)!];
  for (const [name, { shape, dtype }] of Object.entries({ gamma, beta }))
    if (!isFloat(x.dtype) || dtype !== x.dtype || !sameShape(shape, width))
      throw new Error(
        `layerNorm: x is ${x.dtype}[${x.shape}] and ${name} is ${dtype}[${shape}], expected the same float type and ${name} [${width}]. Cast or reshape one.`,
      );
  // The VJP rule reads the other two outputs: the mean and 1/√(variance + epsilon) of each row.
  const statistics = { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype };
  return emitAll(x.graph, "layerNorm", [x, gamma, beta], { epsilon }, [x, statistics, statistics])[0]!;
}

/**
 * Returns the cross-entropy loss −log softmax(logits)[label] of each row: logits `[rows, classes]`, labels int32
 * `[rows]` in [0, classes) → `[rows]`.
 *
 * @throws Error if the shapes do not match, or the labels are not int32
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, crossEntropy, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const logits = constant(graph, [0, 0], "float32", [1, 2]);
 *   return { outputs: { y: crossEntropy(logits, constant(graph, [1], "int32")) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(1) [ 0.6931471824645996 ]
 * ```
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (logits.shape.length !== 2 || labels.dtype !== "int32" || !sameShape(labels.shape, logits.shape.slice(0, 1)))
    throw new Error(
      `crossEntropy: the logits are [${logits.shape}] and the labels are ${labels.dtype}[${labels.shape}], expected [rows, classes] and int32[rows]. Cast or reshape one.`,
    );
  return emit(logits.graph, "crossEntropy", [logits, labels], {}, { shape: labels.shape, dtype: logits.dtype });
}

/**
 * Applies dropout (Srivastava et al., 2014): sets each element to 0 with probability `rate`, and divides the others by
 * 1 − rate.
 *
 * The mask depends only on the run's dropout seed and on the position of this call among all dropout() calls of the
 * trace, so it is the same with every executor.
 *
 * @param rate in [0, 1)
 * @throws Error if the rate is not in [0, 1)
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, dropout, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: dropout(constant(graph, [1, 2, 3, 4]), 0.5) } }));
 * const compiled = await createReferenceExecutor().compile(program);
 * const { y } = await compiled.run({}, { dropoutSeed: [42, 1] });
 * console.log(y?.data); // Float32Array(4) [ 2, 4, 0, 0 ]
 * ```
 */
export function dropout(x: Tensor, rate: number): Tensor {
  if (!(rate >= 0 && rate < 1))
    throw new Error(
      `dropout: the rate is ${rate}, expected a number in [0, 1). Pass the probability of dropping an element.`,
    );
  if (rate === 0) return x;
  const mask = emit(x.graph, "dropoutMask", [], { rate, site: x.graph.dropoutSites++ }, x);
  return mul(x, mask);
}
