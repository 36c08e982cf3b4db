import type { Batch, ProblemType } from "@bertie/common";
import {
  add,
  constant,
  crossEntropy,
  div,
  mean,
  mul,
  neg,
  oneHot,
  reshape,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  type Tracer,
} from "@bertie/engine";

/** Loss that training minimizes. */
export interface LossSpec {
  /**
   * Kind of problem. Single-label classification has the cross-entropy, multi-label classification the binary
   * cross-entropy of each label, and regression the squared error.
   *
   * @default "single_label_classification"
   */
  readonly problemType?: ProblemType | undefined;
  /**
   * Positive weights of the labels, in the order of their ids. In single-label classification, the weights of the
   * examples in the mean, as `weight` of PyTorch's CrossEntropyLoss. In multi-label classification, factors of the loss
   * where a label applies, as `pos_weight` of BCEWithLogitsLoss. @default no weights
   */
  readonly classWeights?: readonly number[] | undefined;
  /**
   * Share of the target that is spread evenly over all labels (Szegedy et al., 2016), in [0, 1), as `label_smoothing`
   * of PyTorch's CrossEntropyLoss. Only for single-label classification. @default 0
   */
  readonly labelSmoothing?: number | undefined;
}

/**
 * Returns whether every row of a batch has what the loss compares the logits with: a label, or targets.
 *
 * @param batch batch with or without labels
 */
export function isLabeled({ labelIds, targets }: Batch, { problemType }: LossSpec = {}): boolean {
  return isSingleLabel(problemType) ? labelIds.every((label) => label >= 0) : targets !== undefined;
}

export function isSingleLabel(problemType: ProblemType | undefined): boolean {
  return problemType === undefined || problemType === "single_label_classification";
}

/**
 * Returns the weight of a batch in a mean over several batches: the number of rows, or the sum of their class weights.
 *
 * The mean of the batches' losses with these weights is the loss of all their rows in one batch.
 */
export function batchWeight({ size, labelIds }: Batch, { problemType, classWeights }: LossSpec = {}): number {
  if (classWeights === undefined || !isSingleLabel(problemType)) return size;
  return labelIds.reduce((sum, label) => sum + classWeights[label]!, 0);
}

/**
 * Traces the loss of each row, `[size]`, without class weights and label smoothing, so that evaluations of runs with
 * and without them are comparable.
 *
 * @param logits `[size, labels]`
 */
export function traceRowLosses(tracer: Tracer, logits: Tensor, { problemType }: LossSpec = {}): Tensor {
  if (isSingleLabel(problemType)) return crossEntropy(logits, traceLabels(tracer, logits));
  return mean(elementLosses(logits, traceTargets(tracer, logits), problemType, undefined), 1);
}

/**
 * Traces the loss of a batch, a scalar: the mean over its rows and, without a single label, over its labels.
 *
 * Feeds: `labelIds`, int32 `[size]`; or, without a single label, `targets`, float32 `[size, labels]`.
 *
 * @param logits `[size, labels]`
 */
export function traceLoss(tracer: Tracer, logits: Tensor, loss: LossSpec = {}): Tensor {
  const { problemType, classWeights, labelSmoothing = 0 } = loss;
  if (!isSingleLabel(problemType)) {
    return mean(elementLosses(logits, traceTargets(tracer, logits), problemType, classWeights));
  }
  const labels = traceLabels(tracer, logits);
  if (classWeights === undefined && labelSmoothing === 0) return mean(crossEntropy(logits, labels));
  return weightedCrossEntropy(logits, labels, classWeights, labelSmoothing);
}

function traceLabels(tracer: Tracer, { shape }: Tensor): Tensor {
  return tracer.feed("labelIds", "int32", [shape[0]!]);
}

function traceTargets(tracer: Tracer, { shape }: Tensor): Tensor {
  return tracer.feed("targets", "float32", shape);
}

/**
 * Traces the loss of each element of the logits, in their shape. The binary cross-entropy of logit x and target y is
 * (1 − y) x + (1 + (w − 1) y) log(1 + e⁻ˣ) with the positive weight w, as in PyTorch's BCEWithLogitsLoss.
 */
function elementLosses(
  logits: Tensor,
  targets: Tensor,
  problemType: ProblemType | undefined,
  positiveWeights: readonly number[] | undefined,
): Tensor {
  if (problemType === "regression") return square(sub(logits, targets));
  if (positiveWeights === undefined) return sub(softplus(logits), mul(logits, targets));
  const extra = constant(
    logits.graph,
    positiveWeights.map((weight) => weight - 1),
  );
  return add(mul(sub(1, targets), logits), mul(add(mul(targets, extra), 1), softplus(neg(logits))));
}

/**
 * Traces the cross-entropy with class weights and label smoothing, as PyTorch's CrossEntropyLoss defines it: the sum of
 * the weighted losses of all labels, divided by the sum of the weights of the correct labels.
 */
function weightedCrossEntropy(
  logits: Tensor,
  labels: Tensor,
  classWeights: readonly number[] | undefined,
  smoothing: number,
): Tensor {
  const { graph, shape } = logits;
  const [size, classes] = shape as [number, number];
  const weights = classWeights ?? new Array<number>(classes).fill(1);
  const correct = oneHot(labels, classes);
  const rowWeights = sum(mul(correct, constant(graph, weights)), 1, { keepDims: true });
  const losses = mul(reshape(crossEntropy(logits, labels), [size, 1]), rowWeights);
  const total = sum(rowWeights);
  if (smoothing === 0) return div(sum(losses), total);

  // −log softmax(x)ᵢ is the cross-entropy with the correct label, plus its logit, minus logit i.
  const correctLogits = sum(mul(logits, correct), 1, { keepDims: true });
  const logSumExp = add(reshape(crossEntropy(logits, labels), [size, 1]), correctLogits);
  const allLosses = mul(sub(logSumExp, logits), constant(graph, weights));
  return div(add(mul(sum(losses), 1 - smoothing), mul(sum(allLosses), smoothing / classes)), total);
}
