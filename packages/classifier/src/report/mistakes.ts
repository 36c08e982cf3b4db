import type { InputExample } from "@bertie/data";
import type { Mistake } from "@bertie/report";
import type { EvaluatedRow } from "../run/evaluated-rows.ts";

/** Wrong predictions of a set. */
export interface Mistakes {
  /** Number of wrong predictions; for regression, of predictions that differ from the true value. */
  readonly count: number;
  /** Worst predictions with their texts: the most confident or, for regression, the ones with the largest errors. */
  readonly worst: readonly Mistake[];
}

const MAX_MISTAKES = 20;

/**
 * Finds the worst mistakes of a set.
 *
 * @param examples texts of the rows; without them, mistakes are only counted
 */
export function findMistakes(rows: Iterable<EvaluatedRow>, examples: readonly InputExample[] | undefined): Mistakes {
  const wrong: { readonly row: EvaluatedRow; readonly badness: number }[] = [];
  for (const row of rows) {
    const badness = badnessOf(row);
    if (badness > 0) wrong.push({ row, badness });
  }
  const worst = wrong
    .sort((a, b) => b.badness - a.badness)
    .slice(0, MAX_MISTAKES)
    .flatMap(({ row }) => {
      const example = examples?.[row.row];
      return example ? [mistakeOf(row, example)] : [];
    });
  return { count: wrong.length, worst };
}

/** Returns how bad a prediction is: the largest error of a probability, or the error of a value; 0 if it is correct. */
function badnessOf({ truth, prediction }: EvaluatedRow): number {
  if ("value" in prediction) return Math.abs(Number(truth) - prediction.value) || 0;
  const expected = new Set([truth].flat() as string[]);
  const predicted = new Set("label" in prediction ? [prediction.label] : prediction.labels);
  const wrong = [...new Set([...expected, ...predicted])].filter(
    (label) => expected.has(label) !== predicted.has(label),
  );
  const errors = wrong.map((label) => {
    const probability = prediction.probabilities.get(label) ?? 0;
    return Math.max(Number.MIN_VALUE, expected.has(label) ? 1 - probability : probability);
  });
  return Math.max(0, ...errors);
}

function mistakeOf({ truth, prediction }: EvaluatedRow, { textA, textB }: InputExample): Mistake {
  const predicted =
    "value" in prediction ? prediction.value : "label" in prediction ? prediction.label : prediction.labels;
  const probability = "label" in prediction ? prediction.probabilities.get(prediction.label) : undefined;
  return {
    id: prediction.guid,
    text: textA,
    ...(textB !== undefined && { pair: textB }),
    label: describe(truth),
    predicted: describe(predicted),
    ...(probability !== undefined && { probability }),
  };
}

function describe(value: EvaluatedRow["truth"]): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return value.length === 0 ? "(no label)" : value.join(", ");
}
