import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { applyAdam, applyAdamScalar, createAdamKernel } from "./adam-kernel.ts";

const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, decay: 0.01, learningRate: 3e-4, clip: 0.37 };

function arrays(size: number) {
  const random = new Random(size, "adam kernel");
  const draw = (scale: number) => Float32Array.from({ length: size }, () => scale * random.nextNormal());
  const [parameter, m, v, gradient] = [draw(1), draw(0.1), draw(0.01).map(Math.abs), draw(2)];
  return { state: { parameter, m, v }, gradient };
}

describe("applyAdam()", () => {
  it("computes BertAdam's formula", () => {
    const { state, gradient } = arrays(100);
    const before = structuredClone(state);
    applyAdam(state, gradient, settings);
    for (const [i, p] of before.parameter.entries()) {
      const g = settings.clip * gradient[i]!;
      const m = 0.9 * before.m[i]! + 0.1 * g;
      const v = 0.999 * before.v[i]! + 0.001 * g * g;
      expect(state.m[i]).toBeCloseTo(m, 6);
      expect(state.v[i]).toBeCloseTo(v, 6);
      expect(state.parameter[i]).toBeCloseTo(p - 3e-4 * (m / (Math.sqrt(v) + 1e-6) + 0.01 * p), 6);
    }
  });

  it("returns the same bits with and without SIMD, for any number of elements, with and without decay", () => {
    const kernel = createAdamKernel()!;
    for (const size of [1, 2, 3, 4, 5, 2047, 2048, 2049, 6001])
      for (const decay of [0, 0.01]) {
        const [plain, fast] = [arrays(size), arrays(size)];
        for (let step = 0; step < 3; step++) {
          applyAdamScalar(plain.state, plain.gradient, { ...settings, decay });
          kernel(fast.state, fast.gradient, { ...settings, decay });
        }
        expect(fast).toEqual(plain);
      }
  });

  it("does not modify the gradient, and propagates non-finite values", () => {
    const { state, gradient } = arrays(10);
    gradient.set([Number.NaN, Number.POSITIVE_INFINITY]);
    const before = gradient.slice();
    applyAdam(state, gradient, settings);
    expect(gradient).toEqual(before);
    expect([...state.parameter.subarray(0, 2)]).toEqual([Number.NaN, Number.NaN]);
    expect(state.parameter.subarray(2).every(Number.isFinite)).toBe(true);
  });
});
