import { type DType, isFloat } from "../dtype.ts";
import { emit, type Tensor } from "../graph.ts";
import { sameShape } from "../shape.ts";

/** Rows of a table by index: table [rows, width], indices int32 [...] in [0, rows) → [..., width]. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  if (table.shape.length !== 2 || indices.dtype !== "int32")
    throw new Error(`gather from [${table.shape}] by ${indices.dtype}`);
  return emit(
    table.graph,
    "gather",
    [table, indices],
    {},
    { shape: [...indices.shape, table.shape[1]!], dtype: table.dtype },
  );
}

/**
 * The adjoint of {@link gather}: a table [rows, width] of zeros to whose row indices[i] row i of `updates` is added,
 * as often as the index comes. indices int32 [...], updates [..., width].
 */
export function scatterAdd(indices: Tensor, updates: Tensor, rows: number): Tensor {
  if (indices.dtype !== "int32" || !sameShape(indices.shape, updates.shape.slice(0, -1)) || !isFloat(updates.dtype))
    throw new Error(`scatterAdd of [${updates.shape}] by ${indices.dtype}[${indices.shape}]`);
  const shape = [rows, updates.shape.at(-1)!];
  return emit(updates.graph, "scatterAdd", [indices, updates], {}, { shape, dtype: updates.dtype });
}

/** 1 at the index, 0 elsewhere: indices int32 [...] in [0, depth) → [..., depth]. An index outside gives a row of zeros. */
export function oneHot(indices: Tensor, depth: number, dtype: DType = "float32"): Tensor {
  if (indices.dtype !== "int32") throw new Error(`oneHot of ${indices.dtype}`);
  return emit(indices.graph, "oneHot", [indices], {}, { shape: [...indices.shape, depth], dtype });
}
