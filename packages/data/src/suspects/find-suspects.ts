/** Labels of rows, and their probabilities from models that were not fitted to the rows. */
export interface LabeledProbabilities {
  /** Label id of each row, `[rows]`. */
  readonly labels: ArrayLike<number>;
  /** Out-of-sample probabilities, `[rows, classes]`, row-major. Rows with NaN are not suspected. */
  readonly probabilities: ArrayLike<number>;
  /** Largest share of the rows to return, from 0 to 1. @default 0.1 */
  readonly share?: number;
}

/** Row whose label is probably wrong. */
export interface Suspect {
  /** Index of the row. */
  readonly row: number;
  /** Label id of the row. */
  readonly label: number;
  /** Label id that the probabilities suggest. */
  readonly suggested: number;
  /** Probability of the suggested label, from 0 to 1. */
  readonly confidence: number;
}

/**
 * Returns the rows that are probably mislabeled, the most probable ones first: confident learning (Northcutt, Jiang and
 * Chuang, 2021).
 *
 * The threshold of a class is the mean probability of the class among the rows with this label, which accounts for
 * models that are less sure of some classes. A row is suspected if another class exceeds its threshold by more than the
 * label does. The rows are ranked by the difference, the normalized margin.
 *
 * @returns at most `share` of the rows, rounded up; equal margins in the order of the rows
 *
 * @example
 * ```ts
 * import { findSuspects } from "@bertie/data";
 *
 * const labels = [0, 0, 0, 1, 1, 1];
 * const positive = [0.1, 0.2, 0.9, 0.8, 0.9, 0.7]; // the third row looks positive, but its label is 0
 * const probabilities = positive.flatMap((p) => [1 - p, p]);
 * const [first] = findSuspects({ labels, probabilities });
 * console.log(first); // { row: 2, label: 0, suggested: 1, confidence: 0.9 }
 * ```
 */
export function findSuspects({ labels, probabilities, share = 0.1 }: LabeledProbabilities): Suspect[] {
  const rows = labels.length;
  const classes = rows === 0 ? 0 : probabilities.length / rows;
  const thresholds = classThresholds(labels, probabilities, classes);
  const suspects: (Suspect & { readonly margin: number })[] = [];
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    const excess = (id: number) => probabilities[row * classes + id]! - thresholds[id]!;
    let suggested = -1;
    for (let id = 0; id < classes; id++)
      if (id !== label && (suggested === -1 || excess(id) > excess(suggested))) suggested = id;
    if (suggested === -1) continue;
    const margin = excess(label) - excess(suggested);
    if (margin < 0)
      suspects.push({ row, label, suggested, confidence: probabilities[row * classes + suggested]!, margin });
  }
  suspects.sort((a, b) => a.margin - b.margin || a.row - b.row);
  return suspects.slice(0, Math.ceil(share * rows)).map(({ margin: _, ...suspect }) => suspect);
}

/** Returns the mean probability of each class among the rows with its label. Classes without rows are never suggested. */
function classThresholds(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): readonly number[] {
  const sums = new Array<number>(classes).fill(0);
  const counts = new Array<number>(classes).fill(0);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const probability = probabilities[row * classes + label]!;
    if (Number.isNaN(probability)) continue;
    sums[label]! += probability;
    counts[label]! += 1;
  }
  return sums.map((sum, id) => (counts[id] === 0 ? Number.POSITIVE_INFINITY : sum / counts[id]!));
}
