import { toHalfBits } from "../half-bits.ts";
import { elementTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from "../onnx-model.ts";
import { castOf, floatsOf, tensorOf, withConstants } from "./constants.ts";

/** Op that is computed in float32: its sums of squares lose too many digits in float16. */
const IN_FLOAT32 = "LayerNormalization";

/**
 * Converts a float32 model to float16, which halves the file. Layer normalization is computed in float32, and the
 * outputs stay float32. A model in float16 is faster than in float32 on GPUs, and not on CPUs.
 *
 * @param model model that {@link exportOnnx} returns
 *
 * @example
 * ```ts
 * import { encodeOnnx, exportOnnx, float32, gather, toFloat16, trace } from "@bertie/engine";
 *
 * const model = exportOnnx({
 *   dimensions: { batch_size: 1000 },
 *   trace: ({ batch_size: size }) =>
 *     trace(({ feed, state }) => {
 *       const table = state("table", "float32", [500, 8]);
 *       return { outputs: { y: gather(table, feed("ids", "int32", [size!])) } };
 *     }),
 *   state: new Map([["table", float32(new Float32Array(4000), [500, 8])]]),
 * });
 * console.log(encodeOnnx(model).length > 1.9 * encodeOnnx(toFloat16(model)).length); // true
 * ```
 */
export function toFloat16(model: OnnxModel): OnnxModel {
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const added = new Map<string, OnnxTensor>();
  /** Returns the name of a constant that stays float32. Other ops may read the same constant in float16. */
  const wideConstant = (name: string) => {
    const wide = `${name}/float32`;
    added.set(wide, { ...constants.get(name)!, name: wide });
    return wide;
  };
  const outputs = new Set(model.outputs.filter(({ type }) => type === "float32").map(({ name }) => name));
  const half = (name: string) => (outputs.has(name) ? `${name}/float16` : name);
  const nodes = model.nodes.flatMap((node): OnnxNode[] => {
    const [inputs, results] = [node.inputs.map(half), node.outputs.map(half)];
    if (node.opType === IN_FLOAT32) {
      const [x] = inputs as [string];
      const [y] = results as [string];
      const [wideX, wideY] = [`${y}/input`, `${y}/float32`];
      const computed = { ...node, inputs: [wideX, ...inputs.slice(1).map(wideConstant)], outputs: [wideY] };
      return [castOf(x, wideX, "float32"), computed, castOf(wideY, y, "float16")];
    }
    const isCast = node.opType === "Cast" && node.attributes.to === elementTypes.float32;
    const attributes = isCast ? { to: elementTypes.float16 } : node.attributes;
    return [{ ...node, inputs, outputs: results, attributes }];
  });
  const initializers = model.initializers.map((tensor) => (tensor.type === "float32" ? toHalf(tensor) : tensor));
  const casts = [...outputs].map((name) => castOf(half(name), name, "float32"));
  return withConstants({ ...model, nodes: [...nodes, ...casts], initializers }, [...added.values()]);
}

function toHalf(tensor: OnnxTensor): OnnxTensor {
  return tensorOf(tensor.name, "float16", tensor.shape, Uint16Array.from(floatsOf(tensor), toHalfBits));
}
