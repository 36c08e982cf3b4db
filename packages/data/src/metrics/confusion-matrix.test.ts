import { describe, expect, it } from "vitest";
import { classCounts, confusionMatrix } from "./confusion-matrix.ts";

const labels = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];
const predictions = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];
const matrix = confusionMatrix(labels, predictions, 2);

describe("confusionMatrix()", () => {
  it("has one row per true label and one column per predicted label", () => {
    expect(matrix).toEqual([
      [4, 2],
      [1, 3],
    ]);
  });
});

describe("classCounts()", () => {
  it("counts the rows with a label, with its prediction, and with both", () => {
    expect(classCounts(matrix)).toEqual([
      { hits: 4, support: 6, predicted: 5 },
      { hits: 3, support: 4, predicted: 5 },
    ]);
  });
});
