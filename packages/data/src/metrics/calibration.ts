import { sumOf } from "./sums.ts";

const BINS = 10;

/** Predictions whose confidence is greater than `lower` and at most `upper`. The first bin includes 0. */
export interface ReliabilityBin {
  readonly lower: number;
  readonly upper: number;
  /** Number of predictions. */
  readonly count: number;
  /** Mean confidence, or null if the bin is empty. */
  readonly confidence: number | null;
  /** Fraction of correct predictions, or null if the bin is empty. */
  readonly accuracy: number | null;
}

/** Groups predictions into ten bins of equal width by confidence, with the bounds of scikit-learn's `calibration_curve`. */
export function reliabilityBins(
  confidences: ArrayLike<number>,
  isCorrect: (index: number) => boolean,
): ReliabilityBin[] {
  const bins = Array.from({ length: BINS }, () => [] as number[]);
  for (let i = 0; i < confidences.length; i++) {
    // Bounds are compared as numbers, because the rounded product with 10 can be in another bin.
    let bin = Math.min(BINS - 1, Math.max(0, Math.floor(confidences[i]! * BINS)));
    while (bin > 0 && confidences[i]! <= bound(bin)) bin--;
    while (bin < BINS - 1 && confidences[i]! > bound(bin + 1)) bin++;
    bins[bin]!.push(i);
  }
  return bins.map((members, bin) => {
    const count = members.length;
    const confidence = count === 0 ? null : sumOf(count, (i) => confidences[members[i]!]!) / count;
    const accuracy = count === 0 ? null : members.filter(isCorrect).length / count;
    return { lower: bound(bin), upper: bound(bin + 1), count, confidence, accuracy };
  });
}

function bound(bin: number): number {
  return bin === BINS ? 1 : bin * (1 / BINS);
}

/** Expected and maximum calibration error (Naeini et al., 2015). */
export interface CalibrationErrors {
  /** Mean difference of confidence and accuracy over the bins, weighted by the number of predictions. */
  readonly expected: number;
  /** Largest difference of confidence and accuracy in a bin. */
  readonly maximum: number;
}

/** Returns the differences of confidence and accuracy. */
export function calibrationErrors(bins: readonly ReliabilityBin[]): CalibrationErrors {
  const gaps = bins.map(({ confidence, accuracy }) => Math.abs((confidence ?? 0) - (accuracy ?? 0)));
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return {
    expected: sumOf(bins.length, (i) => gaps[i]! * bins[i]!.count) / total,
    maximum: Math.max(...gaps),
  };
}
