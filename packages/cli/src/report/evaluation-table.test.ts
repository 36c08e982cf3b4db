import { displayWidth } from "@bertie/common";
import { evaluateMultiLabel, evaluateRegression, evaluateSingleLabel } from "@bertie/data";
import { describe, expect, it } from "vitest";
import { evaluationTable } from "./evaluation-table.ts";

/** Metrics of 100 rows, of which two have the first label; the second label is always predicted. */
function imbalanced(names: readonly string[]) {
  const labels = Array.from({ length: 100 }, (_, row) => (row < 2 ? 0 : 1));
  return evaluateSingleLabel({ labels, probabilities: labels.flatMap(() => [0.02, 0.98]), names });
}

describe("evaluationTable()", () => {
  it("shows that only the majority is predicted", () => {
    expect(evaluationTable({ dev: imbalanced(["bad", "good"]) })).toEqual([
      "evaluation (dev): 100 rows",
      "  label             precision  recall      F1  support",
      "  bad                  0.0000  0.0000  0.0000        2",
      "  good                 0.9800  1.0000  0.9899       98",
      "  macro average        0.4900  0.5000  0.4949      100",
      "  weighted average     0.9604  0.9800  0.9701      100",
      expect.stringMatching(/^ {2}accuracy 98\.0% \(95% interval: 9\d\.\d% to 100\.0%\)$/),
      "  calibration error 0.0%",
      "",
      "  confusion matrix (rows: true, columns: predicted)",
      "        bad  good",
      "  bad     0     2",
      "  good    0    98",
    ]);
  });

  it("aligns labels with wide characters, and shows control characters", () => {
    const lines = evaluationTable({ dev: imbalanced(["好评", "so\nso"]) }).slice(2, 4);
    expect(new Set(lines.map(displayWidth)).size).toBe(1);
    expect(lines[1]).toMatch(/^ {2}so␣so /);
  });

  it("fits into narrow terminals", () => {
    const names = ["a label that is much longer than the terminal", "另一个很长很长很长很长的标签"];
    for (const columns of [40, 59, 60, 80]) {
      const lines = evaluationTable({ dev: imbalanced(names) }, columns);
      expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([]);
      expect(lines.at(-1)).toMatch(/ 98$/);
    }
  });

  it("lists the worst of many labels, without a confusion matrix", () => {
    const names = Array.from({ length: 40 }, (_, id) => `label ${id}`);
    const labels = names.map((_, id) => id);
    const probabilities = labels.flatMap((id) => names.map((_, other) => (other === (id < 3 ? 39 : id) ? 1 : 0)));
    const lines = evaluationTable({ dev: evaluateSingleLabel({ labels, probabilities, names }) });
    expect(lines.slice(2, 5).map((line) => line.trim().split(/ {2,}/)[0])).toEqual(["label 0", "label 1", "label 2"]);
    expect(lines).toContain("  (the 30 labels with the lowest F1; eval_results.json has 10 more)");
    expect(lines.join("\n")).not.toContain("confusion");
  });

  it("formats multi-label and regression metrics", () => {
    const several = evaluateMultiLabel({
      targets: [1, 0, 1, 1],
      probabilities: [0.9, 0.1, 0.2, 0.8],
      names: ["a", "b"],
    });
    const lines = evaluationTable({ dev: several });
    expect(lines.find((line) => line.includes("micro average"))).toMatch(/1\.0000 {2}0\.6667 {2}0\.8000 +3$/);
    expect(lines.find((line) => line.includes("exactly"))).toBe("  rows with exactly the true labels 50.0%");
    const regression = evaluationTable({ dev: evaluateRegression({ targets: [1, 2, 3], predictions: [1, 2, 4] }) });
    expect(regression.join("\n")).toMatch(
      /Pearson 0\.98\d+ \(95% interval: .*\n {2}Spearman 1\.0000\n {2}RMSE {2}0\.5774/,
    );
    const constant = evaluationTable({ dev: evaluateRegression({ targets: [1, 2], predictions: [1, 1] }) });
    expect(constant[1]).toBe("  Pearson undefined");
  });
});
