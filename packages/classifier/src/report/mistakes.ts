import type { InputExample } from "@bertie/data";
import type { Mistake } from "@bertie/report";
import { type EvaluatedRow, type EvaluatedRows, evaluatedRows } from "./eval-predictions.ts";

/** Wrong predictions of a set. */
export interface Mistakes {
  /** Number of wrong predictions; for regression, of all rows. */
  readonly count: number;
  /** Worst predictions with their texts: the most confident or, for regression, the ones with the largest errors. */
  readonly worst: readonly Mistake[];
}

const MAX_MISTAKES = 20;

/** Finds the worst mistakes of a set. Rows whose text is unknown are counted, but not returned. */
export function findMistakes(set: EvaluatedRows): Mistakes {
  const byId = new Map(set.examples?.map((example, row) => [set.guids?.[row] ?? `${set.name}-${row}`, example]));
  const wrong = [...evaluatedRows(set)]
    .map((row) => ({ row, badness: badnessOf(row) }))
    .filter(({ badness }) => badness > 0)
    .sort((a, b) => b.badness - a.badness);
  const worst = wrong
    .filter(({ row }) => byId.has(row.id))
    .slice(0, MAX_MISTAKES)
    .map(({ row }) => mistakeOf(row, byId.get(row.id)!));
  return { count: wrong.length, worst };
}

/** Returns how bad a prediction is: the largest error of a probability, or the error of a value; 0 if it is correct. */
function badnessOf({ label, predicted, probabilities = {} }: EvaluatedRow): number {
  if (typeof label === "number") return Math.abs(label - Number(predicted)) || 0;
  const [truth, chosen] = [label, predicted].map((value) => new Set([value].flat() as string[])) as [
    Set<string>,
    Set<string>,
  ];
  const wrong = [...new Set([...truth, ...chosen])].filter((name) => truth.has(name) !== chosen.has(name));
  return Math.max(0, ...wrong.map((name) => Math.max(Number.MIN_VALUE, errorOf(truth.has(name), probabilities[name]))));
}

function errorOf(isTrue: boolean, probability = 0): number {
  return isTrue ? 1 - probability : probability;
}

function mistakeOf({ id, label, predicted, probabilities }: EvaluatedRow, { textA, textB }: InputExample): Mistake {
  const probability = typeof predicted === "string" ? probabilities?.[predicted] : undefined;
  return {
    id,
    text: textA,
    ...(textB !== undefined && { pair: textB }),
    label: describe(label),
    predicted: describe(predicted),
    ...(probability !== undefined && { probability }),
  };
}

function describe(value: EvaluatedRow["label"]): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return value.length === 0 ? "(no label)" : value.join(", ");
}
