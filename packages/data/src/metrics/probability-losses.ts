import { meanOf, sumOf } from "./sums.ts";

/**
 * Returns the mean negative logarithm of the probabilities of the true labels. Probabilities are clipped to [ε, 1 − ε] with ε =
 * 2⁻⁵², as in scikit-learn.
 *
 * @param labels true label ids, `[rows]`
 * @param probabilities `[rows, labels]`
 */
export function logLoss(labels: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  const numLabels = probabilities.length / labels.length;
  return meanOf(labels.length, (row) => {
    const probability = probabilities[row * numLabels + labels[row]!]!;
    return -Math.log(Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON));
  });
}

/**
 * Returns the Brier score: the mean squared distance of probabilities and true labels (Brier, 1950). For two labels it is
 * halved, which makes it the squared error of the probability of one label, as in scikit-learn.
 *
 * @param labels true label ids, `[rows]`
 * @param probabilities `[rows, labels]`
 */
export function brierScore(labels: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  const numLabels = probabilities.length / labels.length;
  const score = meanOf(labels.length, (row) =>
    sumOf(numLabels, (label) => {
      const target = labels[row] === label ? 1 : 0;
      return (target - probabilities[row * numLabels + label]!) ** 2;
    }),
  );
  return numLabels < 3 ? score / 2 : score;
}
