import type { DType } from "../dtype.ts";
import { emit, type Graph, type Tensor } from "../graph.ts";
import { type Shape, sizeOf } from "../shape.ts";

/**
 * Returns a constant tensor.
 *
 * @param values a number, or values in row-major order
 * @param shape shape of the tensor (default: `[]` for a number, `[values.length]` for a list)
 * @throws Error if the shape has a different size, or the dtype cannot represent a value
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: constant(graph, [1, 2, 3, 4], "int32", [2, 2]) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.shape, y?.data); // [ 2, 2 ] Int32Array(4) [ 1, 2, 3, 4 ]
 * ```
 */
export function constant(
  graph: Graph,
  values: number | readonly number[],
  dtype: DType = "float32",
  shape: Shape = typeof values === "number" ? [] : [values.length],
): Tensor {
  const list = typeof values === "number" ? [values] : values;
  if (list.length !== sizeOf(shape))
    throw new Error(
      `constant: found ${list.length} values, expected ${sizeOf(shape)} for shape [${shape}]. Change the shape or the values.`,
    );
  const fits = (value: number) =>
    dtype === "int32" ? value === (value | 0) : dtype === "bool" ? value === 0 || value === 1 : true;
  const misfit = list.find((value) => !fits(value));
  if (misfit !== undefined)
    throw new Error(`constant: ${dtype} cannot represent ${misfit}. Use another dtype or change the value.`);
  return emit(graph, "constant", [], { values: list }, { shape, dtype });
}
