import { evaluateMultiLabel, evaluateRegression, evaluateSingleLabel } from "@bertie/data";
import { describe, expect, it } from "vitest";
import { evaluationWarnings } from "./evaluation-warnings.ts";

const rows = (labels: readonly number[], predictions: readonly number[], names: readonly string[]) =>
  evaluateSingleLabel({ labels, predictions, names, probabilities: labels.flatMap(() => names.map(() => 0.5)) });

describe("evaluationWarnings()", () => {
  it("names labels that are never predicted, or only for other rows", () => {
    expect(evaluationWarnings("dev", rows([0, 1, 1, 2], [1, 1, 1, 1], ["bad", "good", "so-so"]))).toEqual([
      'dev: label "bad" was never predicted, although 1 row has it (recall 0).',
      'dev: label "so-so" was never predicted, although 1 row has it (recall 0).',
    ]);
    expect(evaluationWarnings("dev", rows([0, 0, 1], [1, 1, 0], ["bad", "good"]))).toEqual([
      'dev: label "bad" was only predicted for other rows, although 2 rows have it (recall 0).',
      'dev: label "good" was only predicted for other rows, although 1 row has it (recall 0).',
    ]);
  });

  it("is empty if every label that occurs is found", () => {
    expect(evaluationWarnings("dev", rows([0, 1], [0, 1], ["bad", "good", "absent"]))).toEqual([]);
    expect(evaluationWarnings("dev", evaluateRegression({ targets: [1, 2], predictions: [1, 3] }))).toEqual([]);
  });

  it("counts labels beyond the first five", () => {
    const labels = Array.from({ length: 8 }, (_, id) => id);
    const warnings = evaluationWarnings(
      "dev",
      rows(
        labels,
        labels.map(() => 0),
        labels.map(String),
      ),
    );
    expect(warnings).toHaveLength(6);
    expect(warnings.at(-1)).toBe("dev: 2 more labels have a recall of 0.");
  });

  it("covers labels of multi-label problems and constant regressions", () => {
    const metrics = evaluateMultiLabel({ targets: [1, 1], probabilities: [0.9, 0.1], names: ["a", "b"] });
    expect(evaluationWarnings("dev", metrics)).toEqual([expect.stringContaining('label "b" was never predicted')]);
    const constant = evaluateRegression({ targets: [1, 2], predictions: [3, 3] });
    expect(evaluationWarnings("dev", constant)).toEqual([expect.stringContaining("correlation is undefined")]);
  });
});
