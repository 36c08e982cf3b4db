import { Random } from "@bertie/common";
import { headLayers } from "@bertie/model";
import { headLogits } from "@bertie/optim";
import { describe, expect, it } from "vitest";
import { headParameters, poolFeatures, standardization } from "./pooler-head.ts";

describe("headParameters()", () => {
  const relu = (value: number) => Math.max(0, value);
  it.each([
    ["bert", Math.tanh],
    ["distilbert", relu],
    ["electra", relu],
  ] as const)("computes the logits of the head with the layers of %s", (modelType, activate) => {
    const layers = headLayers({ modelType });
    const random = new Random(3, "pooler");
    const [rows, columns] = [9, 4];
    const values = Float32Array.from({ length: rows * columns }, (_, i) => 5 + (i % columns) * random.nextNormal());
    const features = { values, columns };
    const scaling = standardization(features);
    const weight = Float64Array.from({ length: 2 * columns }, () => random.nextNormal());
    const head = { weight, bias: Float64Array.of(0.5, -1) };
    const expected = headLogits(head, poolFeatures(features, scaling, layers.activation), columns);
    const parameters = headParameters(scaling, head, layers);
    const [pooler, poolerBias, classifier, classifierBias] = [...parameters.values()];
    for (let row = 0; row < rows; row++) {
      const x = values.subarray(row * columns, (row + 1) * columns);
      const pooled = Array.from(x, (_, i) =>
        activate(x.reduce((sum, value, j) => sum + value * pooler![i * columns + j]!, poolerBias![i]!)),
      );
      for (const k of [0, 1]) {
        const logit = pooled.reduce(
          (sum, value, j) => sum + value * classifier![k * columns + j]!,
          classifierBias![k]!,
        );
        expect(logit).toBeCloseTo(expected[row * 2 + k]!, 4);
      }
    }
  });
});

describe("standardization()", () => {
  it("centers features, scales them alike, and limits features that vary more", () => {
    const values = Float32Array.of(1, 0, 100, 1, 2, -100, 1, 4, 100, 1, 6, -100);
    const { mean, factor } = standardization({ values, columns: 3 });
    expect([...mean]).toEqual([1, 3, 0]);
    expect(factor[0]).toBe(factor[1]); // a constant feature is not scaled up
    expect(factor[2]).toBeCloseTo(1 / 100, 6);
    expect(standardization({ values: Float32Array.of(2, 2), columns: 1 }).factor[0]).toBe(1);
  });
});
