import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { evaluateMultiLabel } from "./multi-label.ts";
import { evaluateRegression } from "./regression.ts";
import { evaluateSingleLabel } from "./single-label.ts";

type Expected = Readonly<Record<string, unknown>>;

/** Random predictions and the metrics of scikit-learn and SciPy, from scripts/reference/metrics.py. */
interface Fixture {
  readonly single_label: readonly {
    readonly classes: number;
    readonly float32: boolean;
    /** Base64 of uint8. */
    readonly labels: string;
    /** Base64 of uint16: probabilities before they are divided by their sum. */
    readonly weights: string;
    readonly expected: Expected;
  }[];
  readonly multi_label: readonly {
    readonly classes: number;
    /** Base64 of uint8. */
    readonly targets: string;
    /** Base64 of uint16: probabilities times 65535. */
    readonly weights: string;
    readonly thresholds: readonly number[];
    readonly expected: Expected;
  }[];
  readonly regression: readonly {
    /** Base64 of float64. */
    readonly targets: string;
    /** Base64 of float32. */
    readonly predictions: string;
    readonly expected: Expected;
  }[];
}

const path = new URL("../../fixtures/metrics.json.gz", import.meta.url);
const fixture = JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as Fixture;

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, "base64"));
const wordsOf = (base64: string) => new Uint16Array(bytesOf(base64).buffer);
const namesOf = (classes: number) => Array.from({ length: classes }, (_, id) => `label ${id}`);

/** Returns the paths of the values that differ by more than 1e-12, relative to values above 1. */
function differences(actual: unknown, expected: unknown, path = ""): string[] {
  if (typeof expected === "number" && typeof actual === "number") {
    const isClose = Math.abs(actual - expected) <= 1e-12 * (1 + Math.abs(expected));
    return isClose ? [] : [`${path}: ${actual}, expected ${expected}`];
  }
  if (typeof expected !== "object" || expected === null) {
    return actual === expected ? [] : [`${path}: ${actual}, expected ${expected}`];
  }
  const values = actual as Record<string, unknown>;
  return Object.entries(expected).flatMap(([key, value]) => differences(values[key], value, `${path}.${key}`));
}

describe("metrics equal those of scikit-learn and SciPy", () => {
  it("evaluateSingleLabel()", () => {
    const found = fixture.single_label.flatMap(({ classes, float32, labels, weights, expected }, number) => {
      const words = wordsOf(weights);
      const probabilities = Float64Array.from(words, (weight, i) => {
        const start = i - (i % classes);
        return weight / words.subarray(start, start + classes).reduce((a, b) => a + b);
      });
      const rounded = float32 ? Float32Array.from(probabilities) : probabilities;
      const rows = { labels: bytesOf(labels), probabilities: rounded, names: namesOf(classes) };
      return differences(evaluateSingleLabel(rows), expected, `case ${number}`);
    });
    expect(fixture.single_label.length).toBeGreaterThanOrEqual(100);
    expect(found).toEqual([]);
  });

  it("evaluateMultiLabel()", () => {
    const found = fixture.multi_label.flatMap(({ classes, targets, weights, thresholds, expected }, number) => {
      const probabilities = Float64Array.from(wordsOf(weights), (weight) => weight / 65535);
      const rows = { targets: bytesOf(targets), probabilities, names: namesOf(classes), thresholds };
      const metrics = evaluateMultiLabel(rows);
      const best = metrics.per_class.map(({ best_threshold }) => best_threshold);
      const withBest = evaluateMultiLabel({ ...rows, thresholds: best });
      return [
        ...differences(metrics, expected, `case ${number}`),
        ...withBest.per_class.flatMap(({ f1 }, id) =>
          differences(f1, metrics.per_class[id]!.best_f1, `case ${number}, best threshold of label ${id}`),
        ),
      ];
    });
    expect(fixture.multi_label.length).toBeGreaterThanOrEqual(100);
    expect(found).toEqual([]);
  });

  it("evaluateRegression()", () => {
    const found = fixture.regression.flatMap(({ targets, predictions, expected }, number) => {
      const rows = {
        targets: new Float64Array(bytesOf(targets).buffer),
        predictions: new Float32Array(bytesOf(predictions).buffer),
      };
      return differences(evaluateRegression(rows), expected, `case ${number}`);
    });
    expect(fixture.regression.length).toBeGreaterThanOrEqual(100);
    expect(found).toEqual([]);
  });
});
