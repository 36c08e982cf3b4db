import type { Tensor } from "../graph.ts";
import { add, exp, log, maximum, mul, neg, sigmoid, tanh } from "./elementwise.ts";

/**
 * Returns max(x, 0). Its derivative at 0 is 0, as in PyTorch.
 *
 * @throws Error if x is bool
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, relu, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: relu(constant(graph, [-1, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0, 2 ]
 * ```
 */
export function relu(x: Tensor): Tensor {
  return maximum(0, x); // Where operands are equal, the gradient flows to the first.
}

/**
 * Returns x · sigmoid(x), also known as SiLU (Ramachandran et al., 2017).
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, swish, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: swish(constant(graph, [0, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0, 1.7615941762924194 ]
 * ```
 */
export function swish(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/**
 * Returns |x|. Its derivative at 0 is −1.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { abs, constant, createReferenceExecutor, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: abs(constant(graph, [-1, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 1, 2 ]
 * ```
 */
export function abs(x: Tensor): Tensor {
  return maximum(neg(x), x); // Where operands are equal, the gradient flows to the first.
}

/**
 * Returns log(1 + eˣ), a smooth version of relu(), without overflow for large x. Its derivative is sigmoid(x).
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, softplus, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: softplus(constant(graph, [0, 100])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0.6931471824645996, 100 ]
 * ```
 */
export function softplus(x: Tensor): Tensor {
  // At 0 the derivatives of relu() and abs(), 0 and −1, add up to the correct derivative, 1/2.
  return add(relu(x), log(add(exp(neg(abs(x))), 1)));
}

/**
 * Returns ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), the approximation of gelu() that transformers calls gelu_new,
 * gelu_fast or gelu_pytorch_tanh (Hendrycks and Gimpel, 2016).
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, geluTanh, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: geluTanh(constant(graph, [-1, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ -0.15880…, 1.95459… ]
 * ```
 */
export function geluTanh(x: Tensor): Tensor {
  const inner = mul(mul(x, add(mul(mul(x, x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}

/**
 * Returns x · sigmoid(1.702 · x), the approximation of gelu() that transformers calls quick_gelu (Hendrycks and Gimpel,
 * 2016).
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, quickGelu, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: quickGelu(constant(graph, [-1, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ -0.15420…, 1.93565… ]
 * ```
 */
export function quickGelu(x: Tensor): Tensor {
  return mul(x, sigmoid(mul(x, 1.702)));
}
