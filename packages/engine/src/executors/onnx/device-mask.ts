import type { Tensor } from "../../graph.ts";
import { sizeOf } from "../../shape.ts";
import { maskThreshold, writeMaskBits } from "../mask-bits.ts";
import { elementTypeOf } from "./element-type.ts";
import type { LoweringContext } from "./lowering-context.ts";

/**
 * Adds nodes that compute a dropout mask on the device. The nodes divide instead of shifting, because ONNX Runtime has
 * no GPU kernels for shifts.
 */
export function lowerDeviceMask(
  c: LoweringContext,
  { rate, site }: { readonly rate: number; readonly site: number },
  { shape, dtype }: Tensor,
  output: string,
): void {
  const node = (opType: string, ...inputs: string[]) => c.node(opType, inputs, [c.fresh()]);
  const uint32 = (values: readonly number[], shape: readonly number[]) => c.constant("uint32", values, shape);
  const size = sizeOf(shape);
  const words = {
    constant: uint32,
    add: (x: string, y: string) => node("Add", x, y),
    mul: (x: string, y: string) => node("Mul", x, y),
    high: (x: string) => node("Div", x, uint32([1 << 16], [1])),
    reshape: (x: string, shape: readonly number[]) => node("Reshape", x, c.constant("int64", shape)),
  };
  const bits = writeMaskBits(words, c.dropoutKey(), site, size);
  const keep = node("GreaterOrEqual", bits, uint32([maskThreshold(rate)], [1]));
  const type = elementTypeOf(dtype);
  const values = node("Where", keep, c.constant(type, [1 / (1 - rate)], []), c.constant(type, [0], []));
  const flat = size % 4 === 0 ? values : firstElements(c, values, size);
  c.node("Reshape", [flat, c.constant("int64", shape)], [output]);
}

/** Flattens a tensor and returns its first elements. */
function firstElements(c: LoweringContext, x: string, count: number): string {
  const row = c.node("Reshape", [x, c.constant("int64", [-1])], [c.fresh()]);
  return c.node("Slice", [row, ...[0, count, 0].map((bound) => c.constant("int64", [bound]))], [c.fresh()]);
}
