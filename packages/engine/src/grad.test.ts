import { describe, expect, it } from "vitest";
import { grad } from "./grad.ts";
import { createGraph } from "./graph.ts";
import { layerNorm } from "./ops/composite.ts";
import { constant } from "./ops/constant.ts";
import { add, cast, exp, log, mul, square, sub, tanh } from "./ops/elementwise.ts";
import { reshape } from "./ops/layout.ts";
import { max, sum } from "./ops/reduce.ts";
import { evaluate, floats } from "./testing/evaluate.ts";

const x = floats([3], 1, 2, 3);

describe("grad()", () => {
  it("sums the gradients of all uses of a tensor", async () => {
    // d/dx Σ (x² + 3x + x · 1) = 2x + 4
    const slope = await evaluate([x], (a) => grad(sum(add(add(square(a), mul(a, 3)), a)), [a])[0]!);
    expect(slope).toEqual(floats([3], 6, 8, 10));
  });

  it("returns 1 for the loss itself, in any shape with one element", async () => {
    expect(await evaluate([floats([1, 1], 5)], (a) => grad(a, [a])[0]!)).toEqual(floats([1, 1], 1));
    expect(await evaluate([floats([], 5)], (a) => grad(a, [a])[0]!)).toEqual(floats([], 1));
  });

  it("returns zeros for a tensor that the loss does not depend on", async () => {
    const other = floats([2, 2], 1, 2, 3, 4);
    expect(await evaluate([x, other], (a, b) => grad(sum(square(a)), [b])[0]!)).toEqual(floats([2, 2], 0, 0, 0, 0));
  });

  it("differentiates with respect to an intermediate tensor", async () => {
    const slope = await evaluate([x], (a) => {
      const middle = square(a);
      return grad(sum(square(middle)), [middle])[0]!;
    });
    expect(slope).toEqual(floats([3], 2, 8, 18));
  });

  it("differentiates with respect to a tensor and its input at once", async () => {
    const slopes = await evaluate([x], (a) => {
      const middle = square(a);
      const [outer, inner] = grad(sum(mul(middle, a)), [middle, a]);
      return add(mul(outer!, 100), inner!); // The gradients are a for middle, and 3a² for a.
    });
    expect(slopes).toEqual(floats([3], 103, 212, 327));
  });

  it("differentiates gradients to second and third derivatives", async () => {
    const cube = (a: Parameters<typeof square>[0]) => sum(mul(square(a), a));
    const second = await evaluate([x], (a) => grad(sum(grad(cube(a), [a])[0]!), [a])[0]!);
    expect(second).toEqual(floats([3], 6, 12, 18));
    const third = await evaluate([x], (a) => grad(sum(grad(sum(grad(cube(a), [a])[0]!), [a])[0]!), [a])[0]!);
    expect(third).toEqual(floats([3], 6, 6, 6));
  });

  it("differentiates a gradient penalty through the forward and the backward pass", async () => {
    // ½ |∇ Σ eˣ|² = ½ Σ e²ˣ, whose gradient is e²ˣ.
    const slope = await evaluate([x], (a) => grad(mul(0.5, sum(square(grad(sum(exp(a)), [a])[0]!))), [a])[0]!, {
      precision: "float64",
    });
    for (const [i, value] of [2, 4, 6].entries()) expect(slope.data[i]! / Math.exp(value)).toBeCloseTo(1, 12);
  });

  it("adds no backward nodes for tensors without a gradient", () => {
    const graph = createGraph();
    const [a, b] = [constant(graph, [1, 2]), constant(graph, [3, 4])];
    const loss = sum(mul(tanh(a), log(b)));
    const before = graph.nodes.length;
    grad(loss, [a]);
    // The VJP rule of log(b) would divide by b.
    const readers = graph.nodes.slice(before).filter(({ inputs }) => inputs.some(({ id }) => id === b.id));
    expect(readers).toEqual([]);
  });

  it("rejects losses that are not a scalar or not a float, and paths through ops without a VJP rule", () => {
    const graph = createGraph();
    const a = constant(graph, [1, 2]);
    expect(() => grad(a, [a])).toThrow("grad: the loss is float32[2], expected a float with one element");
    expect(() => grad(cast(sum(a), "int32"), [a])).toThrow("grad: the loss is int32[]");
    expect(() => grad(max(a), [a])).toThrow("grad: max has no VJP rule");
  });

  it("accepts max() where no gradient flows through it", async () => {
    const slope = await evaluate([x, floats([2], 5, 7)], (a, b) => grad(sum(sub(mul(a, max(b)), max(b))), [a])[0]!);
    expect(slope).toEqual(floats([3], 7, 7, 7));
  });

  it("rejects the second derivative of layerNorm() instead of omitting a part of it", () => {
    const graph = createGraph();
    const a = constant(graph, [1, 2, 4]);
    const [slope] = grad(sum(square(layerNorm(a, a, a, 1))), [a]);
    expect(() => grad(sum(slope!), [a])).toThrow("grad: layerNorm cannot be differentiated twice");
  });

  it.each(["float16", "bfloat16"] as const)("returns %s gradients for %s losses", (dtype) => {
    const half = cast(constant(createGraph(), [1, 2]), dtype);
    expect(grad(sum(reshape(half, [2, 1])), [half])[0]!.dtype).toBe(dtype);
  });
});
