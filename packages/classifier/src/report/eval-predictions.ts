import type { ProblemType } from "@bertie/common";
import type { InputExample } from "@bertie/data";
import { type EvaluationResult, probabilities } from "@bertie/optim";

/** Prediction for an evaluated row, as a line of eval_predictions.jsonl. */
export interface EvaluatedRow {
  readonly id: string;
  /** True label, labels or value. */
  readonly label: string | readonly string[] | number;
  /** Predicted label, labels or value. */
  readonly predicted: string | readonly string[] | number;
  /** Probabilities by label; absent for regression. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** Set that was evaluated, and the result. */
export interface EvaluatedRows {
  readonly name: string;
  readonly labels: readonly string[];
  readonly problemType?: ProblemType | undefined;
  readonly guids?: readonly string[] | undefined;
  readonly examples?: readonly InputExample[] | undefined;
  readonly result: Pick<EvaluationResult, "logits" | "rows" | "labels" | "predictions" | "targets">;
  /** Probability from which a row gets a label, for several labels per row. @default 0.5 */
  readonly threshold?: number | undefined;
}

/** Returns the name of the file with the predictions of a set. */
export function evalPredictionsFile(set: string): string {
  return `${set.replace(/^dev/, "eval")}_predictions.jsonl`;
}

/** Yields the predictions for the rows of a set, in the order of the rows. */
export function* evaluatedRows(set: EvaluatedRows): Generator<EvaluatedRow> {
  const { rows } = set.result;
  const order = Array.from(rows, (row, i) => [row, i] as const).sort(([a], [b]) => a - b);
  for (const [row, i] of order) {
    const id = set.guids?.[row] ?? `${set.name}-${row}`;
    yield { id, ...predictionOf(set, i) };
  }
}

/** Yields the lines of eval_predictions.jsonl. */
export function* evalPredictionLines(set: EvaluatedRows): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const row of evaluatedRows(set)) yield encoder.encode(`${JSON.stringify(row)}\n`);
}

function predictionOf(set: EvaluatedRows, i: number): Omit<EvaluatedRow, "id"> {
  const { labels, result, problemType, threshold = 0.5 } = set;
  const rowOf = (values: Float32Array) => values.subarray(i * labels.length, (i + 1) * labels.length);
  const logits = rowOf(result.logits);
  if (problemType === "regression") return { label: result.targets![i]!, predicted: logits[0]! };
  const scores = probabilities(logits, 1, problemType);
  const named = Object.fromEntries(labels.map((label, id) => [label, Number(scores[id]!.toPrecision(9))]));
  if (problemType === "multi_label_classification") {
    const targets = rowOf(result.targets!);
    const chosen = (isChosen: (id: number) => boolean) => labels.filter((_, id) => isChosen(id));
    return {
      label: chosen((id) => targets[id]! > 0.5),
      predicted: chosen((id) => scores[id]! >= threshold),
      probabilities: named,
    };
  }
  return {
    label: labels[result.labels[i]!]!,
    predicted: labels[result.predictions[i]!]!,
    probabilities: named,
  };
}
