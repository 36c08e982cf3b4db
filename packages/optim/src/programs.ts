import type { BatchShape } from "@bertie/common";
import {
  add,
  broadcastTo,
  cast,
  constant,
  div,
  type FloatType,
  grad,
  mul,
  type Program,
  sqrt,
  type Tensor,
  type Tracer,
  trace,
} from "@bertie/engine";
import { type AdamState, allFinite, type BertAdamOptions, bertAdam, updatedIf } from "./bert-adam.ts";
import { type Classifier, type Parameter, traceBatch, traceParameters, trainedParameters } from "./classifier.ts";
import { traceLoss, traceRowLosses } from "./loss.ts";

/** Options of a training step's programs. */
export interface StepOptions extends EvaluationOptions {
  /** Hyperparameters of the optimizer. */
  readonly optimizer?: BertAdamOptions;
  /**
   * Whether the loss is multiplied by the feed `lossScale`. If a gradient is then not finite, the step changes neither
   * parameters nor moments. @default false
   */
  readonly scaledLoss?: boolean;
}

/** Options of an evaluation's programs. */
export interface EvaluationOptions {
  /**
   * Data type of matrix multiplications, including the backward pass. Parameters, moments, gradients and all other
   * operations are float32. @default "float32"
   */
  readonly precision?: FloatType;
}

// Names of a parameter's optimizer state in the executor.
export const firstMoment = (name: string): string => `${name}/m`;
export const secondMoment = (name: string): string => `${name}/v`;
export const accumulator = (name: string): string => `${name}/gradient`;

/**
 * Traces a complete training step: forward, backward and update.
 *
 * Feeds: a batch, its labels, `learningRate`, and `lossScale` if the loss is scaled. Outputs: `loss`, the mean of the
 * batch; `gradNorm`, the norm over all trained parameters before clipping; and `finite`, 1 or 0, if the loss is scaled.
 */
export function traceStep(classifier: Classifier, shape: BatchShape, options: StepOptions): Program {
  return trace((tracer) => {
    const lossScale = traceLossScale(tracer, options);
    const { loss, gradients } = backward(tracer, classifier, shape, lossScale);
    const { updates, outputs } = optimize(tracer, classifier, gradients, options, lossScale);
    return { updates, outputs: { ...outputs, loss } };
  }, options);
}

/**
 * Traces the part of an accumulated step for one micro-batch: forward and backward, with the gradients added to the
 * accumulators.
 *
 * Feeds: a batch, its labels, `share` (a factor applied to the gradients), and `lossScale` if the loss is scaled.
 * Output: `loss`, the mean of the batch.
 */
export function traceAccumulation(classifier: Classifier, shape: BatchShape, options: StepOptions): Program {
  return trace((tracer) => {
    const share = tracer.feed("share", "float32", []);
    const { loss, gradients } = backward(tracer, classifier, shape, traceLossScale(tracer, options));
    const updates = trainedParameters(classifier).map((parameter, i) => {
      const accumulated = tracer.state(accumulator(parameter.name), "float32", parameter.shape);
      return [accumulator(parameter.name), add(accumulated, mul(gradients[i]!, share))] as const;
    });
    return { updates: Object.fromEntries(updates), outputs: { loss } };
  }, options);
}

/**
 * Traces the end of an accumulated step: the update from the accumulated gradients, which are then set to zero. Has the
 * feeds and outputs of {@link traceStep} except the batch, its labels and `loss`.
 */
export function traceUpdate(classifier: Classifier, options: StepOptions): Program {
  return trace((tracer) => {
    const parameters = trainedParameters(classifier);
    const gradients = parameters.map(({ name, shape }) => tracer.state(accumulator(name), "float32", shape));
    const { updates, outputs } = optimize(tracer, classifier, gradients, options, traceLossScale(tracer, options));
    const zeros = parameters.map(({ name, shape }) => [
      accumulator(name),
      broadcastTo(constant(tracer.graph, 0), shape),
    ]);
    return { updates: { ...updates, ...Object.fromEntries(zeros) }, outputs };
  });
}

/**
 * Traces an evaluation, without dropout or gradients. Outputs: `logits` `[size, labels]`, and `losses` `[size]` if the
 * batch is labeled.
 */
export function traceEvaluation(
  classifier: Classifier,
  shape: BatchShape,
  labeled: boolean,
  options: EvaluationOptions = {},
): Program {
  return trace((tracer) => {
    const logits = classifier.logits(traceParameters(tracer, classifier), traceBatch(tracer, shape), false);
    if (!labeled) return { outputs: { logits } };
    return { outputs: { logits, losses: traceRowLosses(tracer, logits, classifier.loss) } };
  }, options);
}

function traceLossScale(tracer: Tracer, { scaledLoss = false }: StepOptions): Tensor | undefined {
  return scaledLoss ? tracer.feed("lossScale", "float32", []) : undefined;
}

/** Traces the mean loss of a batch, and the gradients of the scaled loss with respect to the trained parameters. */
function backward(
  tracer: Tracer,
  classifier: Classifier,
  shape: BatchShape,
  lossScale: Tensor | undefined,
): { loss: Tensor; gradients: Tensor[] } {
  const parameter = traceParameters(tracer, classifier);
  const logits = classifier.logits(parameter, traceBatch(tracer, shape), true);
  const loss = traceLoss(tracer, logits, classifier.loss);
  const parameters = trainedParameters(classifier).map(({ name }) => parameter(name));
  return { loss, gradients: grad(lossScale === undefined ? loss : mul(loss, lossScale), parameters) };
}

/** Traces an update of every trained parameter from the gradients of the scaled loss. */
function optimize(
  tracer: Tracer,
  classifier: Classifier,
  gradients: readonly Tensor[],
  { optimizer }: StepOptions,
  lossScale: Tensor | undefined,
): { updates: Record<string, Tensor>; outputs: Record<string, Tensor> } {
  const learningRate = tracer.feed("learningRate", "float32", []);
  const finite = lossScale && allFinite(gradients);
  const factor = lossScale && div(1, lossScale);
  const updates: [string, Tensor][] = [];
  const squaredNorms: Tensor[] = [];
  for (const [i, parameter] of trainedParameters(classifier).entries()) {
    const { name, decay, rateFactor = 1 } = parameter;
    const rate = rateFactor === 1 ? learningRate : mul(learningRate, rateFactor);
    const gradient = factor ? mul(gradients[i]!, factor) : gradients[i]!;
    const before = traceAdamState(tracer, parameter);
    const after = bertAdam(before, gradient, rate, decay, optimizer);
    const next = finite ? updatedIf(finite, before, after) : after;
    updates.push([name, next.parameter], [firstMoment(name), next.m], [secondMoment(name), next.v]);
    squaredNorms.push(after.squaredNorm);
  }
  const gradNorm = sqrt(squaredNorms.reduce((a, b) => add(a, b)));
  return {
    updates: Object.fromEntries(updates),
    outputs: { gradNorm, ...(finite && { finite: cast(finite, "float32") }) },
  };
}

function traceAdamState(tracer: Tracer, { name, shape }: Parameter): AdamState {
  const state = (key: string) => tracer.state(key, "float32", shape);
  return { parameter: state(name), m: state(firstMoment(name)), v: state(secondMoment(name)) };
}
