import type { DType } from "../dtype.ts";
import { emit, type Graph, type Tensor } from "../graph.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** A constant: a number (of shape []), or values in row-major order with their shape. */
export function constant(
  graph: Graph,
  values: number | readonly number[],
  dtype: DType = "float32",
  shape: Shape = typeof values === "number" ? [] : [values.length],
): Tensor {
  const list = typeof values === "number" ? [values] : values;
  if (list.length !== sizeOf(shape)) throw new Error(`${list.length} values for a constant of shape [${shape}]`);
  const misfit = list.find(
    (value) => (dtype === "int32" && value !== (value | 0)) || (dtype === "bool" && value >>> 1),
  );
  if (misfit !== undefined) throw new Error(`${misfit} in a constant of dtype ${dtype}`);
  return emit(graph, "constant", [], { values: list }, { shape, dtype });
}
