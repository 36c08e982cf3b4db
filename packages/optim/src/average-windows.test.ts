import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageLogits, averageWindows } from "./average-windows.ts";
import { type EvaluationResult, probabilities } from "./evaluate.ts";

const result = (parts: Partial<EvaluationResult>): EvaluationResult => ({
  examples: parts.rows!.length,
  loss: 0,
  accuracy: 0,
  predictions: new Int32Array(0),
  labels: new Int32Array(parts.rows!.length).fill(-1),
  logits: new Float32Array(0),
  rows: new Int32Array(0),
  ...parts,
});

describe("averageLogits()", () => {
  it.each(["single_label_classification", "multi_label_classification", "regression"] as const)(
    "averages the scores of the rows of each text: %s",
    (problemType) => {
      const logit = fc.double({ min: -8, max: 8, noNaN: true });
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(4), logit, logit), { minLength: 1, maxLength: 20 }), (rows) => {
          const logits = Float32Array.from(rows.flatMap(([, a, b]) => [a, b]));
          const scores = probabilities(logits, rows.length, problemType);
          const { texts, values } = averageLogits(
            logits,
            rows.map(([text]) => text),
            problemType,
          );
          expect(texts).toEqual([...new Set(rows.map(([text]) => text))]);
          const averaged = probabilities(values, texts.length, problemType);
          texts.forEach((text, i) => {
            const own = rows.flatMap(([of], row) => (of === text ? [row] : []));
            for (const label of [0, 1]) {
              const mean = own.reduce((sum, row) => sum + scores[2 * row + label]!, 0) / own.length;
              expect(averaged[2 * i + label]).toBeCloseTo(mean, 5);
            }
          });
        }),
      );
    },
  );
});

describe("averageWindows()", () => {
  it("evaluates each text once, in single-label classification", () => {
    // Text 0 has one row. Two of the three windows of text 1 are wrong, but the third one is certain.
    const logits = Float32Array.of(2, 0, 0.1, 0, 0.1, 0, 0, 9);
    const rows = Int32Array.of(3, 0, 1, 2);
    const averaged = averageWindows(result({ logits, rows, labels: Int32Array.of(0, 1, 1, 1) }), (row) =>
      row === 3 ? 0 : 1,
    );
    expect(averaged).toMatchObject({
      examples: 2,
      accuracy: 1,
      rows: Int32Array.of(0, 1),
      labels: Int32Array.of(0, 1),
      predictions: Int32Array.of(0, 1),
    });
    const p = [1 / (1 + Math.exp(-2)), (2 / (1 + Math.exp(0.1)) + 1 / (1 + Math.exp(-9))) / 3];
    expect(averaged.loss).toBeCloseTo(-(Math.log(p[0]!) + Math.log(p[1]!)) / 2, 5);
  });

  it("averages values in regression", () => {
    const averaged = averageWindows(
      result({ logits: Float32Array.of(1, 3), rows: Int32Array.of(0, 1), targets: Float32Array.of(2.5, 2.5) }),
      () => 0,
      "regression",
    );
    expect(averaged).toMatchObject({ examples: 1, loss: 0.25, logits: Float32Array.of(2), accuracy: Number.NaN });
  });

  it("averages each label in multi-label classification", () => {
    const averaged = averageWindows(
      result({
        logits: Float32Array.of(4, -4, 4, 0.5),
        rows: Int32Array.of(0, 1),
        targets: Float32Array.of(1, 0, 1, 0),
      }),
      () => 0,
      "multi_label_classification",
    );
    expect(averaged).toMatchObject({ examples: 1, accuracy: 1, predictions: Int32Array.of(1, 0) });
  });
});
