/** Function to minimize: writes the gradient at `x` to `gradient`, and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/** Options of {@link minimize}. */
export interface MinimizeOptions {
  /** Largest absolute component of the gradient at which the minimum counts as found. @default 1e-6 */
  readonly tolerance?: number;
  /** Maximum number of iterations. @default 500 */
  readonly maxIterations?: number;
}

/** Result of {@link minimize}. */
export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether the gradient is within the tolerance. */
  readonly converged: boolean;
}

/** Number of previous steps that approximate the Hessian. */
const HISTORY = 10;
/** Fraction of the decrease predicted by the gradient that a step has to achieve (Armijo, 1966). */
const SUFFICIENT_DECREASE = 1e-4;
/** Rounding of the value of the objective, relative to the value. Smaller differences are not significant. */
const ROUNDING = 1e-15;

/**
 * Minimizes a smooth convex function by L-BFGS (Liu and Nocedal, 1989) with a backtracking line search.
 *
 * @param objective value and gradient of the function
 * @param start point to start from, which is not changed
 *
 * @example
 * ```ts
 * import { minimize } from "@bertie/optim";
 *
 * const { x } = minimize(([x = 0], gradient) => {
 *   gradient[0] = 2 * (x - 3);
 *   return (x - 3) ** 2;
 * }, Float64Array.of(0));
 * console.log(x); // Float64Array [ 3 ]
 * ```
 */
export function minimize(
  objective: Objective,
  start: Float64Array,
  { tolerance = 1e-6, maxIterations = 500 }: MinimizeOptions = {},
): Minimum {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  let trial = new Float64Array(x.length);
  let trialGradient = new Float64Array(x.length);
  const steps: Step[] = [];
  for (let iterations = 0; iterations < maxIterations; iterations++) {
    if (largest(gradient) <= tolerance) return { x, value, iterations, converged: true };
    let direction = descentDirection(gradient, steps);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      // The approximated Hessian is unusable after rounding errors, so it is built again from the steepest descent.
      steps.length = 0;
      direction = gradient.map((component) => -component);
      slope = -dot(gradient, gradient);
    }
    let size = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    let next = Number.POSITIVE_INFINITY;
    for (let halvings = 0; halvings < 50; halvings++, size /= 2) {
      for (let i = 0; i < x.length; i++) trial[i] = x[i]! + size * direction[i]!;
      next = objective(trial, trialGradient);
      if (next <= value + SUFFICIENT_DECREASE * size * slope + ROUNDING * Math.abs(value)) break;
    }
    if (!(next <= value + ROUNDING * Math.abs(value))) return { x, value, iterations, converged: false };
    const step = stepBetween(x, trial, gradient, trialGradient);
    if (step.curvature > 0) steps.push(step);
    if (steps.length > HISTORY) steps.shift();
    [x, trial, gradient, trialGradient, value] = [trial, x, trialGradient, gradient, next];
  }
  return { x, value, iterations: maxIterations, converged: largest(gradient) <= tolerance };
}

/** Change of the point and of the gradient in one iteration. */
interface Step {
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  /** Inner product of both changes. */
  readonly curvature: number;
}

function stepBetween(x: Float64Array, next: Float64Array, gradient: Float64Array, nextGradient: Float64Array): Step {
  const change = next.map((component, i) => component - x[i]!);
  const gradientChange = nextGradient.map((component, i) => component - gradient[i]!);
  return { x: change, gradient: gradientChange, curvature: dot(change, gradientChange) };
}

/** Returns the product of the approximated inverse Hessian and the negative gradient, by the two-loop recursion. */
function descentDirection(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((component) => -component);
  const factors = new Float64Array(steps.length);
  for (const [i, step] of [...steps.entries()].reverse()) {
    factors[i] = dot(step.x, direction) / step.curvature;
    addScaled(direction, -factors[i]!, step.gradient);
  }
  const last = steps.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.gradient, last.gradient);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const [i, step] of steps.entries()) {
    const factor = dot(step.gradient, direction) / step.curvature;
    addScaled(direction, factors[i]! - factor, step.x);
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * x[i]!;
}

function largest(x: Float64Array): number {
  let result = 0;
  for (const component of x) result = Math.max(result, Math.abs(component));
  return result;
}
