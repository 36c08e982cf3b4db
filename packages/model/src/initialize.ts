import { Random } from "@bertie/common";
import { sizeOf } from "@bertie/engine";
import type { ParameterSpec } from "./parameters.ts";

/**
 * Returns initial values for parameters: drawn from N(0, initializerRange²), ones or zeros, according to each spec.
 *
 * Each tensor uses a separate generator named after the tensor, so its values do not depend on the other specs.
 *
 * @param specs parameters to initialize
 * @param initializerRange standard deviation of the normal distribution
 * @param random generator that supplies the seed shared by the generators of all tensors; one number is drawn
 * @returns values by name, float32, row-major
 *
 * @example
 * ```ts
 * import { Random } from "@bertie/common";
 * import { initializeParameters } from "@bertie/model";
 *
 * const specs = [{ name: "bias", shape: [2], init: "ones", decay: false }] as const;
 * console.log(initializeParameters(specs, 0.02, new Random(42, "initialize"))); // Map { "bias" => Float32Array [1, 1] }
 * ```
 */
export function initializeParameters(
  specs: readonly ParameterSpec[],
  initializerRange: number,
  random: Random,
): Map<string, Float32Array> {
  const seed = random.nextUint32();
  return new Map(specs.map((spec) => [spec.name, initialValues(spec, initializerRange, new Random(seed, spec.name))]));
}

function initialValues(spec: ParameterSpec, initializerRange: number, random: Random): Float32Array {
  const values = new Float32Array(sizeOf(spec.shape));
  if (spec.init === "ones") return values.fill(1);
  if (spec.init === "normal") fillNormal(values, initializerRange, random);
  return values;
}

/**
 * Fills an array with numbers from N(0, deviation²).
 *
 * The Box–Muller method produces pairs of numbers. With both numbers of each pair, initialization takes half the time.
 */
function fillNormal(values: Float32Array, deviation: number, random: Random): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.nextFloat()));
    const angle = 2 * Math.PI * random.nextFloat();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}
