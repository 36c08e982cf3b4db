import { dropThreshold, SITE_STEPS, STEP } from "../../dropout-mask.ts";
import type { Tensor } from "../../graph.ts";
import { sizeOf } from "../../shape.ts";
import { elementTypeOf } from "./element-type.ts";
import type { LoweringContext } from "./lowering-context.ts";

/**
 * Writes a dropout mask as nodes that compute it on the device, from the run's key, bit for bit as `fillDropoutMask()`
 * does: nothing of a mask's size is fed. Shifts are divisions and products of unsigned integers, as the GPU's kernels
 * have no others.
 */
export function lowerDeviceMask(
  c: LoweringContext,
  { rate, site }: { readonly rate: number; readonly site: number },
  { shape, dtype }: Tensor,
  output: string,
): void {
  const uint32 = (values: readonly number[], shape: readonly number[] = [1]) =>
    c.constant(
      "uint32",
      values.map((value) => value >>> 0),
      shape,
    );
  const node = (opType: string, ...inputs: string[]) => c.node(opType, inputs, [c.fresh()]);
  const size = sizeOf(shape);
  const groups = Math.ceil(size / 4);

  // Word i is row i / columns, column i % columns: its counter is a sum of two short constants.
  const [rows, columns] = factors(2 * groups);
  const [first, second] = c.dropoutKey();
  const rowStarts = Array.from({ length: rows }, (_, row) => Math.imul(row * columns, STEP));
  const ofSite = node("Add", first, uint32([Math.imul(site, SITE_STEPS[0])]));
  const starts = node("Add", ofSite, uint32(rowStarts, [rows, 1]));
  const steps = Array.from({ length: columns }, (_, column) => Math.imul(column, STEP));
  const counters = node("Add", starts, uint32(steps, [1, columns]));

  const spread = (x: string) => node("Mul", x, node("Add", node("Add", x, x), uint32([1])));
  const high = (x: string) => node("Div", x, uint32([1 << 16]));
  const once = spread(counters);
  const rotated = node("Add", node("Mul", once, uint32([1 << 16])), high(once));
  const twice = spread(node("Add", rotated, node("Add", second, uint32([Math.imul(site, SITE_STEPS[1])]))));
  const words = node("Add", twice, high(twice));

  // The 15 bits that decide, moved to the top: of the low halves of a group's two words, then of the high ones.
  const pairs = node("Reshape", words, c.constant("int64", [groups, 1, 2]));
  const bits = node("Mul", pairs, uint32([1 << 17, 1 << 1], [2, 1]));
  const keep = node("GreaterOrEqual", bits, uint32([dropThreshold(rate) << 17]));
  const type = elementTypeOf(dtype);
  const values = node("Where", keep, c.constant(type, [1 / (1 - rate)], []), c.constant(type, [0], []));
  const flat = size % 4 === 0 ? values : firstOf(c, values, size);
  c.node("Reshape", [flat, c.constant("int64", shape)], [output]);
}

/** The first elements of a tensor, in one row. */
function firstOf(c: LoweringContext, x: string, count: number): string {
  const row = c.node("Reshape", [x, c.constant("int64", [-1])], [c.fresh()]);
  return c.node("Slice", [row, ...[0, count, 0].map((bound) => c.constant("int64", [bound]))], [c.fresh()]);
}

/** Two factors of a number that are as near to each other as can be. */
function factors(n: number): [number, number] {
  let factor = Math.floor(Math.sqrt(n));
  while (n % factor !== 0) factor--;
  return [factor, n / factor];
}
