import { expect, it } from "vitest";
import { orderRows } from "./evaluated-rows.ts";

const result = {
  ...{ examples: 2, loss: 0, accuracy: 1 },
  labels: Int32Array.of(1, 0),
  predictions: Int32Array.of(1, 0),
  rows: Int32Array.of(1, 0),
  logits: Float32Array.of(0, 40, 100, -1000),
};

it("orderRows() returns probabilities in float64 in the order of the rows", () => {
  const { values, labels } = orderRows({}, result, "single_label_classification");
  expect([...labels]).toEqual([0, 1]);
  expect([...values.subarray(0, 2)]).toEqual([1, 0]);
  expect(values[2]! / Math.exp(-40)).toBeCloseTo(1, 12); // in float32, 1 − e⁻⁴⁰ is 1
  expect(values[2]! + values[3]!).toBeCloseTo(1, 15);
});
