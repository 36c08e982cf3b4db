import { Random } from "@bertie/common";
import { sizeOf } from "@bertie/engine";
import type { ParameterSpec } from "./parameters.ts";

/**
 * Fresh values for parameters: N(0, initializerRange), ones or zeros, float32, row-major.
 *
 * Every tensor has a generator of its own, named after it, so one parameter more or less changes no other's values.
 *
 * @param random draws one number, which seeds them all
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

/** Box and Muller's method gives normal numbers in pairs; drawing pairs here halves the time that a large model takes. */
function fillNormal(values: Float32Array, deviation: number, random: Random): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.nextFloat()));
    const angle = 2 * Math.PI * random.nextFloat();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}
