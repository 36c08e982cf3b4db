import { expect, it } from "vitest";
import { spreadOf } from "./repeated-runs.ts";

it("spreadOf() returns the mean and the sample standard deviation, as statistics.stdev of Python", () => {
  const { mean, standard_deviation } = spreadOf([0.81, 0.79, 0.84, 0.8, 0.82]);
  expect(mean).toBeCloseTo(0.812, 12);
  expect(standard_deviation).toBeCloseTo(0.019235384061671315, 12);
});
