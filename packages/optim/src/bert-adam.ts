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

/** Hyperparameters of {@link bertAdam}. */
export interface BertAdamOptions {
  /** Decay rate of the first moment, the running mean of gradients. @default 0.9 */
  readonly beta1?: number;
  /** Decay rate of the second moment, the running mean of squared gradients. @default 0.999 */
  readonly beta2?: number;
  /** Term added to the denominator for numerical stability. @default 1e-6 */
  readonly epsilon?: number;
  /** Weight decay coefficient; ignored for parameters without weight decay. @default 0.01 */
  readonly weightDecay?: number;
  /** Maximum L2 norm of each tensor's gradient; 0, negative values and Infinity disable clipping. @default 1 */
  readonly maxGradNorm?: number;
}

/** Default hyperparameters of {@link bertAdam}. */
export const bertAdamDefaults: Required<BertAdamOptions> = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-6,
  weightDecay: 0.01,
  maxGradNorm: 1,
};

/** A parameter and its moments, all float32 and of the same shape. */
export interface AdamState {
  readonly parameter: Tensor;
  /** First moment: running mean of gradients. */
  readonly m: Tensor;
  /** Second moment: running mean of squared gradients. */
  readonly v: Tensor;
}

/**
 * Traces one BertAdam update of one parameter.
 *
 * BertAdam, the optimizer of pytorch-pretrained-bert 0.6.2, is Adam (Kingma and Ba, 2015) with decoupled weight decay
 * and without bias correction. Each tensor's gradient is clipped by its own norm instead of the norm of all gradients.
 *
 * @param state parameter and moments before the update, float32 of any shape
 * @param gradient gradient of the loss with respect to the parameter, of the parameter's shape
 * @param learningRate scalar
 * @param decay whether weight decay applies to this parameter
 * @param options hyperparameters
 * @returns the state after the update, and the squared L2 norm of the gradient before clipping (scalar)
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, float32, trace } from "@bertie/engine";
 * import { bertAdam } from "@bertie/optim";
 *
 * const program = trace(({ feed, state }) => {
 *   const vector = (name: string) => state(name, "float32", [2]);
 *   const before = { parameter: vector("w"), m: vector("w/m"), v: vector("w/v") };
 *   const after = bertAdam(before, feed("gradient", "float32", [2]), 0.1, false);
 *   return { updates: { w: after.parameter, "w/m": after.m, "w/v": after.v } };
 * });
 * const executor = createReferenceExecutor();
 * for (const name of ["w", "w/m", "w/v"]) await executor.write(name, float32(new Float32Array(2), [2]));
 * const compiled = await executor.compile(program);
 * await compiled.run({ gradient: float32(Float32Array.of(0.5, -0.5), [2]) });
 * console.log((await executor.read("w")).data); // Float32Array [-0.316…, 0.316…]
 * await executor.dispose();
 * ```
 */
export function bertAdam(
  { parameter, m, v }: AdamState,
  gradient: Tensor,
  learningRate: Operand,
  decay: boolean,
  options: BertAdamOptions = {},
): AdamState & { readonly squaredNorm: Tensor } {
  const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = { ...bertAdamDefaults, ...options };
  const squared = square(gradient);
  const squaredNorm = sum(squared);
  const clip = clipFactor(squaredNorm, maxGradNorm);

  // Scalars are multiplied first, so that clipping does not take another pass over the tensor.
  const nextM = add(mul(m, beta1), mul(gradient, mul(clip, 1 - beta1)));
  const nextV = add(mul(v, beta2), mul(squared, mul(square(clip), 1 - beta2)));
  const update = div(nextM, add(sqrt(nextV), epsilon));
  const decayed = decay && weightDecay > 0 ? add(update, mul(parameter, weightDecay)) : update;
  return { parameter: sub(parameter, mul(decayed, learningRate)), m: nextM, v: nextV, squaredNorm };
}

/** Traces min(1, max / (norm + 1e-6)), the factor of torch's clip_grad_norm_, as a scalar. */
function clipFactor(squaredNorm: Tensor, max: number): Tensor {
  const clips = max > 0 && max < Number.POSITIVE_INFINITY;
  return clips ? div(max, maximum(add(sqrt(squaredNorm), 1e-6), max)) : constant(squaredNorm.graph, 1);
}

/**
 * Traces whether all elements of the tensors are finite, as a bool scalar.
 *
 * The program sums 0 · x, which is 0 if x is finite, and NaN if x is infinite or NaN.
 *
 * @param tensors floating-point tensors of any shapes, at least one
 *
 * @example
 * ```ts
 * import { cast, createReferenceExecutor, float32, trace } from "@bertie/engine";
 * import { allFinite } from "@bertie/optim";
 *
 * const program = trace(({ feed }) => {
 *   const x = feed("x", "float32", [2]);
 *   return { outputs: { finite: cast(allFinite([x]), "float32") } };
 * });
 * const compiled = await createReferenceExecutor().compile(program);
 * const { finite } = await compiled.run({ x: float32(Float32Array.of(1, Infinity), [2]) });
 * console.log(finite!.data[0]); // 0
 * ```
 */
export function allFinite(tensors: readonly Tensor[]): Tensor {
  const total = tensors.map((x) => sum(mul(x, 0))).reduce((a, b) => add(a, b));
  return equal(total, 0);
}

/** Traces the selection of `after` if the condition, a bool scalar, is true, and of `before` otherwise. */
export function updatedIf(condition: Tensor, before: AdamState, after: AdamState): AdamState {
  return {
    parameter: where(condition, after.parameter, before.parameter),
    m: where(condition, after.m, before.m),
    v: where(condition, after.v, before.v),
  };
}
