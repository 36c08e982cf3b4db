import {
  add,
  constant,
  div,
  equal,
  maximum,
  mul,
  type Operand,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from "@bertie/engine";

export interface BertAdamOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-6. */
  readonly epsilon?: number;
  /** Default 0.01; applied to the parameters that decay. */
  readonly weightDecay?: number;
  /** The norm that each tensor's gradient is cut down to; it is left as it is unless this is above 0. Default 1. */
  readonly maxGradNorm?: number;
}

/** A parameter with its moments, all of one shape. */
export interface AdamState {
  readonly parameter: Tensor;
  /** The running mean of gradients. */
  readonly m: Tensor;
  /** The running mean of squared gradients. */
  readonly v: Tensor;
}

/**
 * Traces one update of one parameter by Adam as BERT was trained with: weight decay apart from the gradient, no bias
 * correction, and each tensor's gradient clipped by its own norm (BertAdam of pytorch-pretrained-bert 0.6.2).
 *
 * @param gradient of the parameter's shape
 * @param learningRate a scalar
 * @param decay whether weight decay applies to this parameter
 * @returns the new state, and the squared norm of the gradient before clipping
 */
export function bertAdam(
  { parameter, m, v }: AdamState,
  gradient: Tensor,
  learningRate: Operand,
  decay: boolean,
  options: BertAdamOptions = {},
): AdamState & { readonly squaredNorm: Tensor } {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-6, weightDecay = 0.01, maxGradNorm = 1 } = options;
  const squared = square(gradient);
  const squaredNorm = sum(squared);
  const clip = clipFactor(squaredNorm, maxGradNorm);

  // The scalars are multiplied first, so that no pass over the tensor is spent on clipping.
  const nextM = add(mul(m, beta1), mul(gradient, mul(clip, 1 - beta1)));
  const nextV = add(mul(v, beta2), mul(squared, mul(square(clip), 1 - beta2)));
  const update = div(nextM, add(sqrt(nextV), epsilon));
  const decayed = decay && weightDecay > 0 ? add(update, mul(parameter, weightDecay)) : update;
  return { parameter: sub(parameter, mul(decayed, learningRate)), m: nextM, v: nextV, squaredNorm };
}

/** max / (norm + 1e-6), as torch's clip_grad_norm_, and never above 1. */
function clipFactor(squaredNorm: Tensor, max: number): Tensor {
  const clips = max > 0 && max < Number.POSITIVE_INFINITY;
  return clips ? div(max, maximum(add(sqrt(squaredNorm), 1e-6), max)) : constant(squaredNorm.graph, 1);
}

/** Whether all elements are finite, as a bool scalar: 0 · x is 0 for a finite x, and NaN for infinities and NaN. */
export function allFinite(tensors: readonly Tensor[]): Tensor {
  const total = tensors.map((x) => sum(mul(x, 0))).reduce((a, b) => add(a, b));
  return equal(total, 0);
}

/** The new state where the condition holds, the old one elsewhere. */
export function updatedIf(condition: Tensor, before: AdamState, after: AdamState): AdamState {
  return {
    parameter: where(condition, after.parameter, before.parameter),
    m: where(condition, after.m, before.m),
    v: where(condition, after.v, before.v),
  };
}
