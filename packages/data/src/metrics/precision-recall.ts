/** Numbers of rows that a class occurs in, is predicted for, and both. */
export interface ClassCounts {
  readonly hits: number;
  /** Number of rows that have the class. */
  readonly support: number;
  /** Number of rows that the class is predicted for. */
  readonly predicted: number;
}

/** Precision, recall and their harmonic mean. A value without rows to compute it from is 0. */
export interface PrecisionRecall {
  /** Fraction of the predictions of the class that are correct. */
  readonly precision: number;
  /** Fraction of the rows with the class for which the class is predicted. */
  readonly recall: number;
  readonly f1: number;
}

/** Returns precision, recall and F1 of a class, like scikit-learn with `zero_division=0`. */
export function precisionRecall({ hits, support, predicted }: ClassCounts): PrecisionRecall {
  return {
    precision: predicted === 0 ? 0 : hits / predicted,
    recall: support === 0 ? 0 : hits / support,
    f1: support + predicted === 0 ? 0 : (2 * hits) / (support + predicted),
  };
}

/** Returns the classes that occur as a true or predicted class. */
export function occurring(classes: readonly ClassCounts[]): ClassCounts[] {
  return classes.filter(({ support, predicted }) => support + predicted > 0);
}

/** Returns precision, recall and F1 of all classes together: the ratios of the sums of their counts. */
export function microAverage(classes: readonly ClassCounts[]): PrecisionRecall {
  const total = (key: keyof ClassCounts) => classes.reduce((sum, counts) => sum + counts[key], 0);
  return precisionRecall({ hits: total("hits"), support: total("support"), predicted: total("predicted") });
}

/** Returns the means of precision, recall and F1 over the classes; 0 if there are none. */
export function macroAverage(classes: readonly ClassCounts[]): PrecisionRecall {
  const values = classes.map(precisionRecall);
  const average = (key: keyof PrecisionRecall) =>
    values.length === 0 ? 0 : values.reduce((sum, value) => sum + value[key], 0) / values.length;
  return { precision: average("precision"), recall: average("recall"), f1: average("f1") };
}

/** Returns the means of precision, recall and F1, weighted by the number of rows with each class. */
export function weightedAverage(classes: readonly ClassCounts[]): PrecisionRecall {
  const values = classes.map(precisionRecall);
  const total = classes.reduce((sum, { support }) => sum + support, 0);
  const average = (key: keyof PrecisionRecall) =>
    total === 0 ? 0 : values.reduce((sum, value, i) => sum + value[key] * classes[i]!.support, 0) / total;
  return { precision: average("precision"), recall: average("recall"), f1: average("f1") };
}

/** Returns precision, recall and F1 with a suffix, as keys of evaluation metrics. */
export function withSuffix<Suffix extends string>({ precision, recall, f1 }: PrecisionRecall, suffix: Suffix) {
  const entries = { [`precision_${suffix}`]: precision, [`recall_${suffix}`]: recall, [`f1_${suffix}`]: f1 };
  return entries as Record<`${keyof PrecisionRecall}_${Suffix}`, number>;
}
