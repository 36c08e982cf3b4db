import { type DType, isFloat } from "../dtype.ts";
import { emit, type Tensor } from "../graph.ts";
import { sameShape } from "../shape.ts";

/**
 * Looks up rows of a table: table `[rows, width]`, indices int32 `[...]` in [0, rows) → `[..., width]`.
 *
 * @throws Error if the table is not a matrix, or the indices are not int32
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, gather, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const table = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [3, 2]);
 *   return { outputs: { y: gather(table, constant(graph, [2, 0], "int32")) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.shape, y?.data); // [ 2, 2 ] Float32Array(4) [ 5, 6, 1, 2 ]
 * ```
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  if (table.shape.length !== 2 || indices.dtype !== "int32")
    throw new Error(
      `gather: the table is [${table.shape}] and the indices are ${indices.dtype}, expected [rows, width] and int32. Reshape the table or cast the indices.`,
    );
  return emit(
    table.graph,
    "gather",
    [table, indices],
    {},
    { shape: [...indices.shape, table.shape[1]!], dtype: table.dtype },
  );
}

/**
 * Adds rows to a table of zeros: row i of `updates` `[..., width]` is added to row `indices[i]` of the result `[rows,
 * width]`. An index (int32, in [0, rows)) may occur more than once. scatterAdd() is the adjoint of {@link gather}.
 *
 * @param rows number of rows of the result
 * @throws Error if the shapes do not match, the indices are not int32, or the updates are not floating-point
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, scatterAdd, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const updates = constant(graph, [1, 2, 3], "float32", [3, 1]);
 *   return { outputs: { y: scatterAdd(constant(graph, [0, 2, 0], "int32"), updates, 3) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(3) [ 4, 0, 2 ]
 * ```
 */
export function scatterAdd(indices: Tensor, updates: Tensor, rows: number): Tensor {
  if (indices.dtype !== "int32" || !sameShape(indices.shape, updates.shape.slice(0, -1)) || !isFloat(updates.dtype))
    throw new Error(
      `scatterAdd: the updates are ${updates.dtype}[${updates.shape}] and the indices are ${indices.dtype}[${indices.shape}], ` +
        "expected a float type [..., width] and int32 [...]. Cast or reshape the updates or the indices.",
    );
  const shape = [rows, updates.shape.at(-1)!];
  return emit(updates.graph, "scatterAdd", [indices, updates], {}, { shape, dtype: updates.dtype });
}

/**
 * Returns one-hot rows, 1 at the index and 0 elsewhere: indices int32 `[...]` → `[..., depth]`. The row of an index
 * outside [0, depth) is all zeros.
 *
 * @throws Error if the indices are not int32
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, oneHot, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: oneHot(constant(graph, [2, 0], "int32"), 3) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.shape, y?.data); // [ 2, 3 ] Float32Array(6) [ 0, 0, 1, 1, 0, 0 ]
 * ```
 */
export function oneHot(indices: Tensor, depth: number, dtype: DType = "float32"): Tensor {
  if (indices.dtype !== "int32")
    throw new Error(`oneHot: the indices are ${indices.dtype}, expected int32. Convert them with cast().`);
  return emit(indices.graph, "oneHot", [indices], {}, { shape: [...indices.shape, depth], dtype });
}
