import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { initializeParameters } from "./initialize.ts";
import type { ParameterSpec } from "./parameters.ts";

const spec = (name: string, init: ParameterSpec["init"], shape: number[]): ParameterSpec => ({
  name,
  init,
  shape,
  decay: true,
});

describe("initializeParameters()", () => {
  it("draws normal tensors from N(0, range²), and fills the others with ones or zeros", () => {
    const specs = [spec("w", "normal", [201, 201]), spec("one", "ones", [3]), spec("zero", "zeros", [2])];
    const values = initializeParameters(specs, 0.02, new Random(42, "init"));
    expect(values.get("one")).toEqual(new Float32Array([1, 1, 1]));
    expect(values.get("zero")).toEqual(new Float32Array(2));
    const drawn = Array.from(values.get("w")!);
    const count = drawn.length;
    const mean = drawn.reduce((a, b) => a + b) / count;
    const variance = drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / count;
    const fourth = drawn.reduce((a, b) => a + (b - mean) ** 4, 0) / count;
    // The bounds are five standard deviations of each estimate for 40,401 draws.
    expect(Math.abs(mean / 0.02)).toBeLessThan(0.025);
    expect(Math.abs(variance / 0.02 ** 2 - 1)).toBeLessThan(0.036);
    expect(Math.abs(fourth / variance ** 2 - 3)).toBeLessThan(0.13);
    // Adjacent numbers are drawn as a pair, but must be independent.
    const products = drawn.slice(1).map((value, i) => (value * drawn[i]!) / 0.02 ** 2);
    expect(Math.abs(products.reduce((a, b) => a + b) / count)).toBeLessThan(0.025);
  });

  it("draws values that depend on the seed and the tensor's name, not on other tensors", () => {
    const wanted = spec("classifier.weight", "normal", [4, 4]);
    const single = initializeParameters([wanted], 0.02, new Random(1, "init"));
    const both = initializeParameters([spec("x", "normal", [9]), wanted], 0.02, new Random(1, "init"));
    const other = initializeParameters([wanted], 0.02, new Random(2, "init"));
    expect(both.get(wanted.name)).toEqual(single.get(wanted.name));
    expect(other.get(wanted.name)).not.toEqual(single.get(wanted.name));
    expect(both.get("x")).not.toEqual(both.get(wanted.name)!.slice(0, 9));
  });
});
