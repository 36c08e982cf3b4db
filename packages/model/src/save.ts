import type { ParameterSpec } from "./parameters.ts";
import { type NamedTensors, tensorFromFloat32 } from "./weights/tensor.ts";

/**
 * Returns a model's parameters as named tensors, which can be written to a weight file.
 *
 * @param specs parameters of the model
 * @param parameters values of every parameter by name, row-major
 * @param dtype data type in the file. Values are rounded to nearest, ties to even, when the tensor is written.
 * @throws RangeError if a parameter has no values, or the wrong number of values
 *
 * @example
 * ```ts
 * import { parameterTensors, writeSafetensors } from "@bertie/model";
 *
 * const specs = [{ name: "classifier.bias", shape: [2], init: "zeros", decay: false }] as const;
 * const tensors = parameterTensors(specs, new Map([["classifier.bias", Float32Array.of(1, 2)]]), "float16");
 * console.log(tensors.get("classifier.bias")!.dtype, writeSafetensors(tensors).length); // float16 116
 * ```
 */
export function parameterTensors(
  specs: readonly ParameterSpec[],
  parameters: ReadonlyMap<string, Float32Array>,
  dtype: "float32" | "float16" | "bfloat16" = "float32",
): NamedTensors {
  return new Map(
    specs.map(({ name, shape }) => {
      const values = parameters.get(name);
      if (!values) throw new RangeError(`parameterTensors() requires values for parameter ${name}`);
      return [name, tensorFromFloat32(shape, values, dtype)];
    }),
  );
}
