/** Prediction for a row, as a line of eval_predictions.jsonl. */
export interface PredictedRow {
  readonly id: string;
  /** True label, labels or value. */
  readonly label: string | readonly string[] | number;
  /** Predicted label, labels or value. */
  readonly predicted: string | readonly string[] | number;
}

/** Predictions of two runs for the same rows. */
export interface PairedRows {
  readonly labels: readonly PredictedRow["label"][];
  /** Predictions of the first and the second run. */
  readonly predictions: readonly [readonly PredictedRow["predicted"][], readonly PredictedRow["predicted"][]];
}

/** Pairs the predictions of two runs; undefined if the runs were not evaluated on the same rows with the same labels. */
export function pairRows(first: readonly PredictedRow[], second: readonly PredictedRow[]): PairedRows | undefined {
  const byId = new Map(second.map((row) => [row.id, row]));
  if (first.length === 0 || first.length !== second.length || byId.size !== second.length) return undefined;
  const matches = first.map((row) => byId.get(row.id));
  const isSame = matches.every((match, i) => match !== undefined && keyOf(match.label) === keyOf(first[i]!.label));
  if (!isSame) return undefined;
  const predictions = [first.map(({ predicted }) => predicted), matches.map((match) => match!.predicted)] as const;
  return { labels: first.map(({ label }) => label), predictions };
}

/** Returns a text that is equal for equal labels; the order of several labels does not matter. */
export function keyOf(label: PredictedRow["label"]): string {
  return JSON.stringify(Array.isArray(label) ? label.toSorted() : label);
}
