import { nodeOf, tensorOf, withConstants } from "./export/constants.ts";
import { quantizedMatrix, weightsOf } from "./export/to-int8.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "./onnx-model.ts";

/** Byte that represents 0. */
const ZERO = 128;

/**
 * Computes the multiplications by constant matrices in 8 bits, for ONNX Runtime on a CPU.
 *
 * Each column of a matrix and each row of the other operand has a scale of its own. The scores of a text therefore do not
 * depend on the other texts of its batch, unlike those of the portable model of `toInt8()`, which has one scale per operand.
 */
export function withInt8Matmuls(model: OnnxModel): OnnxModel {
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const added = new Map<string, OnnxTensor>();
  const quantized = new Set<string>();
  const add = (tensor: OnnxTensor) => {
    added.set(tensor.name, tensor);
    return tensor.name;
  };
  const number = (type: "float32" | "uint8", value: number) => {
    const values = type === "uint8" ? Uint8Array.of(value) : Float32Array.of(value);
    return add(tensorOf(`int8:${type}:${value}`, type, [], values));
  };
  const nodes = model.nodes.flatMap((node): OnnxNode[] => {
    const weights = weightsOf({ ...node, inputs: node.inputs.slice(0, 2) }, constants);
    return weights === undefined ? [node] : [...quantize(node.inputs[0]!), ...multiply(node, weights)];
  });
  return withConstants({ ...model, nodes }, [...added.values()]);

  /** Returns the nodes that quantize the rows of a matrix around {@link ZERO}. Multiplications of the same matrix share them. */
  function quantize(x: string): OnnxNode[] {
    if (quantized.has(x)) return [];
    quantized.add(x);
    const part = (name: string) => `${x}/${name}`;
    const axis = add(tensorOf("int8:axis", "int64", [1], BigInt64Array.of(1n)));
    return [
      nodeOf("ReduceMax", [x, axis], part("largest"), { keepdims: 0 }),
      nodeOf("ReduceMin", [x, axis], part("smallest"), { keepdims: 0 }),
      nodeOf("Neg", [part("smallest")], part("opposite")),
      // The lower bound prevents a division by zero in rows of zeros.
      nodeOf("Max", [part("largest"), part("opposite"), number("float32", 1e-30)], part("range")),
      nodeOf("Div", [part("range"), number("float32", 127)], part("scales")),
      nodeOf("Shape", [part("scales")], part("rows")),
      nodeOf("Expand", [number("uint8", ZERO), part("rows")], part("zeros")),
      nodeOf("QuantizeLinear", [x, part("scales"), part("zeros")], part("uint8"), { axis: 0 }),
      nodeOf("Unsqueeze", [part("scales"), axis], part("column")),
    ];
  }

  /** Returns the nodes that multiply the bytes, scale the products, and add a bias if the node has one. */
  function multiply(node: OnnxNode, weights: OnnxTensor): OnnxNode[] {
    const [x, , bias] = node.inputs as [string, string, string?];
    const [y] = node.outputs as [string];
    const product = bias === undefined ? y : `${y}/product`;
    const [matrix, scale] = quantizedMatrix(weights).map(add) as [string, string];
    const inputs = [`${x}/uint8`, matrix, number("float32", 1), scale, number("uint8", ZERO)];
    return [
      { ...nodeOf("MatMulIntegerToFloat", inputs, `${y}/unscaled`), domain: "com.microsoft" },
      nodeOf("Mul", [`${y}/unscaled`, `${x}/column`], product),
      ...(bias === undefined ? [] : [nodeOf("Add", [product, bias], y)]),
    ];
  }
}
