import type { ParameterSpec } from "./parameters.ts";
import { type NamedTensors, tensorFromFloat32 } from "./weights/tensor.ts";

/**
 * A model's parameters as tensors to be written, under their Hugging Face names.
 *
 * @param parameters values of every spec, row-major
 * @param dtype what to round to, to the nearest, ties to even; nothing is rounded before it is written
 */
export function parameterTensors(
  specs: readonly ParameterSpec[],
  parameters: ReadonlyMap<string, Float32Array>,
  dtype: "float32" | "float16" | "bfloat16" = "float32",
): NamedTensors {
  return new Map(
    specs.map(({ name, shape }) => {
      const values = parameters.get(name);
      if (!values) throw new RangeError(`no values for parameter ${name}`);
      return [name, tensorFromFloat32(shape, values, dtype)];
    }),
  );
}
