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
  const fits = (value: number) =>
    dtype === "int32" ? value === (value | 0) : dtype === "bool" ? value === 0 || value === 1 : true;
  const misfit = list.find((value) => !fits(value));
  if (misfit !== undefined) throw new Error(`${misfit} in a constant of dtype ${dtype}`);
  return emit(graph, "constant", [], { values: list }, { shape, dtype });
}
