import type { Tensor } from "../../graph.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { maskThreshold, writeMaskBits } from "../mask-bits.ts";
import type { LoweringContext } from "./lowering-context.ts";

/** Adds nodes that compute a dropout mask on the device from the dropout key, and returns the mask's name. */
export function lowerDeviceMask(
  c: LoweringContext,
  { rate, site }: { readonly rate: number; readonly site: number },
  { shape, dtype }: Tensor,
): string {
  const T = "uint32";
  const size = sizeOf(shape);
  const reshape = (x: string, shape: Shape, T: "uint32" | Tensor["dtype"]) =>
    c.node("Reshape", [x, c.constant("int32", shape)], { T, Tshape: "int32" });
  const words = {
    constant: (values: readonly number[], shape: Shape) => c.constant(T, values, shape),
    add: (x: string, y: string) => c.node("AddV2", [x, y], { T }),
    mul: (x: string, y: string) => c.node("Mul", [x, y], { T }),
    high: (x: string) => c.node("RightShift", [x, c.constant(T, [16], [])], { T }),
    reshape: (x: string, shape: Shape) => reshape(x, shape, T),
  };
  const bits = writeMaskBits(words, c.dropoutKey(), site, size);
  const keep = c.node("GreaterEqual", [bits, c.constant(T, [maskThreshold(rate)], [])], { T });
  const [kept, dropped] = [1 / (1 - rate), 0].map((value) => c.constant(dtype, [value], [])) as [string, string];
  const values = c.node("SelectV2", [keep, kept, dropped], { T: dtype });
  const bounds = [[0], [size]].map((bound) => c.constant("int32", bound));
  const flat =
    size % 4 === 0 ? values : c.node("Slice", [reshape(values, [-1], dtype), ...bounds], { T: dtype, Index: "int32" });
  return reshape(flat, shape, dtype);
}
