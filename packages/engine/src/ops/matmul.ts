import { emit, type Tensor } from "../graph.ts";
import { sameShape, sizeOf } from "../shape.ts";
import { add } from "./elementwise.ts";
import { reshape } from "./layout.ts";

/** The options of matmul(). */
export interface MatmulOptions {
  /** Whether to transpose the matrices of `a`. */
  readonly transposeA?: boolean;
  /** Whether to transpose the matrices of `b`. */
  readonly transposeB?: boolean;
}

/**
 * Multiplies matrices: `[..., m, k] · [..., k, n] → [..., m, n]`. The leading dimensions of a and b must be equal.
 *
 * @throws Error if the dtypes or the shapes do not match
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, matmul, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const a = constant(graph, [1, 2, 3, 4], "float32", [2, 2]);
 *   return { outputs: { y: matmul(a, a) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.shape, y?.data); // [ 2, 2 ] Float32Array(4) [ 7, 10, 15, 22 ]
 * ```
 */
export function matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulOptions = {}): Tensor {
  const rank = a.shape.length;
  const batch = a.shape.slice(0, -2);
  const [m, k] = lastTwo(a, transposeA);
  const [k2, n] = lastTwo(b, transposeB);
  if (rank < 2 || a.dtype !== b.dtype || k !== k2 || !sameShape(batch, b.shape.slice(0, -2))) {
    const types = `${typeOf(a, transposeA)} and ${typeOf(b, transposeB)}`;
    throw new Error(
      `matmul: cannot multiply ${types}. Expected the same dtype, and shapes [..., m, k] and [..., k, n].`,
    );
  }
  return emit(a.graph, "matmul", [a, b], { transposeA, transposeB }, { shape: [...batch, m, n], dtype: a.dtype });
}

/**
 * Applies a linear layer, x · weightᵀ + bias: x `[..., in]`, weight `[out, in]`, bias `[out]` → `[..., out]`. The
 * weight has the same layout as in PyTorch.
 *
 * @throws Error if the dtypes or the shapes do not match
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, linear, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const weight = constant(graph, [1, 2], "float32", [1, 2]);
 *   return { outputs: { y: linear(constant(graph, [1, 2]), weight, constant(graph, [10])) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(1) [ 15 ]
 * ```
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const leading = x.shape.slice(0, -1);
  const [out, input] = weight.shape as [number, number];
  if (weight.shape.length !== 2 || input !== x.shape.at(-1) || !sameShape(bias.shape, [out]))
    throw new Error(
      `linear: x is [${x.shape}], weight [${weight.shape}], bias [${bias.shape}]. Expected [..., in], [out, in] and [out].`,
    );
  const rows = reshape(x, [sizeOf(leading), input]);
  return reshape(add(matmul(rows, weight, { transposeB: true }), bias), [...leading, out]);
}

function lastTwo(x: Tensor, transposed: boolean): [number, number] {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function typeOf({ dtype, shape }: Tensor, transposed: boolean): string {
  return `${dtype}[${shape}]${transposed ? " transposed" : ""}`;
}
