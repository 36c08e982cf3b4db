import { type DType, isFloat } from "../dtype.ts";
import { emit, type Op, type Tensor } from "../graph.ts";
import { broadcastShapes } from "../shape.ts";
import { constant } from "./constant.ts";

/** A tensor, or a number, which is converted to a scalar of the other operand's dtype. */
export type Operand = Tensor | number;

type UnaryOp = (x: Tensor) => Tensor;
type BinaryOp = (x: Operand, y: Operand) => Tensor;
type Unary = "neg" | "exp" | "log" | "sqrt" | "erf" | "tanh" | "sigmoid" | "gelu";
type Binary = "add" | "sub" | "mul" | "div" | "maximum" | "greater" | "equal";

/**
 * Returns −x.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, neg, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: neg(constant(graph, [1, -2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ -1, 2 ]
 * ```
 */
export const neg: UnaryOp = unary("neg");

/**
 * Returns eˣ.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, exp, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: exp(constant(graph, [0, 1])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 1, 2.7182817459106445 ]
 * ```
 */
export const exp: UnaryOp = unary("exp");

/**
 * Returns the natural logarithm.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, log, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: log(constant(graph, [1, 10])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0, 2.3025851249694824 ]
 * ```
 */
export const log: UnaryOp = unary("log");

/**
 * Returns the square root.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, sqrt, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: sqrt(constant(graph, [4, 9])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 2, 3 ]
 * ```
 */
export const sqrt: UnaryOp = unary("sqrt");

/**
 * Returns the error function, 2/√π ∫₀ˣ e^(−t²) dt.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, erf, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: erf(constant(graph, [0, 1])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0, 0.8427007794380188 ]
 * ```
 */
export const erf: UnaryOp = unary("erf");

/**
 * Returns the hyperbolic tangent.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, tanh, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: tanh(constant(graph, [0, 1])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0, 0.7615941762924194 ]
 * ```
 */
export const tanh: UnaryOp = unary("tanh");

/**
 * Returns 1 / (1 + e⁻ˣ).
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, sigmoid, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: sigmoid(constant(graph, [0, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0.5, 0.8807970881462097 ]
 * ```
 */
export const sigmoid: UnaryOp = unary("sigmoid");

/**
 * Returns the Gaussian error linear unit, x · ½ (1 + erf(x / √2)): the exact form (Hendrycks and Gimpel, 2016), not the
 * tanh approximation.
 *
 * @throws Error if x is not a floating-point tensor
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, gelu, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: gelu(constant(graph, [-1, 0, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(3) [ -0.15865525603294373, 0, 1.9544997215270996 ]
 * ```
 */
export const gelu: UnaryOp = unary("gelu");

/**
 * Returns x + y, broadcast by NumPy's rules like all binary ops.
 *
 * @throws Error if the shapes do not broadcast, the dtypes differ or are bool, or both operands are numbers
 * @example
 * ```ts
 * import { add, constant, createReferenceExecutor, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: add(constant(graph, [1, 2]), 10) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 11, 12 ]
 * ```
 */
export const add: BinaryOp = binary("add");

/**
 * Returns x − y.
 *
 * @throws Error if the shapes do not broadcast, the dtypes differ or are bool, or both operands are numbers
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, sub, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: sub(1, constant(graph, [1, 2])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0, -1 ]
 * ```
 */
export const sub: BinaryOp = binary("sub");

/**
 * Returns the elementwise product x · y.
 *
 * @throws Error if the shapes do not broadcast, the dtypes differ or are bool, or both operands are numbers
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, mul, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: mul(constant(graph, [1, 2]), 3) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 3, 6 ]
 * ```
 */
export const mul: BinaryOp = binary("mul");

/**
 * Returns x / y. Integer division rounds toward zero.
 *
 * @throws Error if the shapes do not broadcast, the dtypes differ or are bool, or both operands are numbers
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, div, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: div(constant(graph, [1, 2]), 4) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 0.25, 0.5 ]
 * ```
 */
export const div: BinaryOp = binary("div");

/**
 * Returns the elementwise maximum of x and y. Where they are equal, the gradient flows to x.
 *
 * @throws Error if the shapes do not broadcast, the dtypes differ or are bool, or both operands are numbers
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, maximum, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: maximum(constant(graph, [1, 5]), 3) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 3, 5 ]
 * ```
 */
export const maximum: BinaryOp = binary("maximum");

/**
 * Returns whether x > y, as bool.
 *
 * @throws Error if the shapes do not broadcast, the dtypes differ or are bool, or both operands are numbers
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, greater, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: greater(constant(graph, [1, 2]), 1) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Uint8Array(2) [ 0, 1 ]
 * ```
 */
export const greater: BinaryOp = binary("greater", "bool");

/**
 * Returns whether x = y, as bool.
 *
 * @throws Error if the shapes do not broadcast, the dtypes differ, or both operands are numbers
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, equal, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: equal(constant(graph, [1, 2]), 1) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Uint8Array(2) [ 1, 0 ]
 * ```
 */
export const equal: BinaryOp = binary("equal", "bool");

/**
 * Returns x².
 *
 * @throws Error if x is bool
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, square, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: square(constant(graph, [-1, 3])) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 1, 9 ]
 * ```
 */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/**
 * Returns x where the condition (bool) is true, and y elsewhere. All three operands are broadcast.
 *
 * @throws Error if the condition is not bool, the shapes do not broadcast, or the dtypes of x and y differ
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, greater, trace, where } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const x = constant(graph, [1, 2, 3]);
 *   return { outputs: { y: where(greater(x, 1), x, 0) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(3) [ 0, 2, 3 ]
 * ```
 */
export function where(condition: Tensor, x: Operand, y: Operand): Tensor {
  if (condition.dtype !== "bool")
    throw new Error(`where: the condition is ${condition.dtype}, expected bool. Use greater(), equal() or cast().`);
  const [a, b] = operands("where", x, y, condition);
  const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
  return emit(condition.graph, "where", [condition, a, b], {}, { shape, dtype: a.dtype });
}

/**
 * Converts x to another dtype. Floats are rounded to the nearest value, with ties to even. Conversion to int32
 * truncates toward zero. Conversion to bool maps 0 to false and any other number to true.
 *
 * @example
 * ```ts
 * import { cast, constant, createReferenceExecutor, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: cast(constant(graph, [1.9, -1.9]), "int32") } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Int32Array(2) [ 1, -1 ]
 * ```
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : emit(x.graph, "cast", [x], {}, { shape: x.shape, dtype });
}

function unary(op: Unary): UnaryOp {
  return (x) => {
    if (!isFloat(x.dtype))
      throw new Error(`${op}: the operand is ${x.dtype}, expected a floating-point type. Convert it with cast().`);
    return emit(x.graph, op, [x], {}, x);
  };
}

function binary(op: Binary, dtype?: DType): BinaryOp {
  return (x, y) => {
    const [a, b] = operands(op, x, y);
    if (a.dtype === "bool" && op !== "equal")
      throw new Error(`${op}: the operands are bool, expected numbers. Convert them with cast().`);
    const shape = broadcastShapes(a.shape, b.shape);
    return emit(a.graph, op, [a, b], {}, { shape, dtype: dtype ?? a.dtype });
  };
}

/**
 * Returns both operands as tensors of the same dtype. A number becomes a constant of the other operand's dtype, or of
 * float32 if both are numbers.
 *
 * @param context a tensor of the graph; required if both operands may be numbers
 */
function operands(op: Op, x: Operand, y: Operand, context?: Tensor): [Tensor, Tensor] {
  const tensor = typeof x !== "number" ? x : typeof y !== "number" ? y : undefined;
  const graph = (tensor ?? context)?.graph;
  if (graph === undefined)
    throw new Error(`${op}: both operands are numbers, expected at least one tensor. Create one with constant().`);
  const dtype = tensor?.dtype ?? "float32";
  const toTensor = (operand: Operand) => (typeof operand === "number" ? constant(graph, operand, dtype) : operand);
  const [a, b] = [toTensor(x), toTensor(y)];
  if (a.dtype !== b.dtype)
    throw new Error(
      `${op}: the operands are ${a.dtype} and ${b.dtype}, expected the same dtype. Convert one with cast().`,
    );
  return [a, b];
}
