import { nodeOf, tensorOf, withConstants } from "./export/constants.ts";
import { quantizedMatrix, weightsOf } from "./export/to-int8.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "./onnx-model.ts";

/** How rows are converted to bytes: byte = zero + value · levels / range, where the range is the largest value of the row. */
interface ByteRange {
  /** Byte that represents 0. */
  readonly zero: number;
  /** Number of bytes above {@link zero} that represent positive values. */
  readonly levels: number;
  /** Smallest range of a row. The range of a row of zeros must not be 0, because rows are divided by it. */
  readonly least: number;
}

/** For values of either sign, whose range is the largest absolute value. */
const SIGNED: ByteRange = { zero: 128, levels: 127, least: 1e-30 };

/**
 * For outputs of GELU, which are at least −0.17 (the minimum, at −0.75). Nearly all bytes represent positive values, and the smallest
 * value need not be searched. The smallest range is the one in which byte 0 represents −0.17.
 */
const GELU: ByteRange = { zero: 16, levels: 239, least: (0.17 * 239) / 16 };

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
  const gelus = new Set(model.nodes.filter(({ opType }) => opType === "Gelu").map(({ outputs }) => outputs[0]!));
  const rangeOf = (x: string) => (gelus.has(x) ? GELU : SIGNED);
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

  /**
   * Returns the nodes that quantize the rows of a matrix. Multiplications of the same matrix share them.
   *
   * QuantizeLinear runs on one thread if each row has a scale. Therefore Mul applies the scales, and QuantizeLinear rounds.
   */
  function quantize(x: string): OnnxNode[] {
    if (quantized.has(x)) return [];
    quantized.add(x);
    const range = rangeOf(x);
    const { zero, levels, least } = range;
    const isSigned = range === SIGNED;
    const part = (name: string) => `${x}/${name}`;
    const axis = add(tensorOf("int8:axis", "int64", [1], BigInt64Array.of(1n)));
    return [
      ...(isSigned ? [nodeOf("Abs", [x], part("absolute"))] : []),
      nodeOf("ReduceMax", [isSigned ? part("absolute") : x, axis], part("largest"), { keepdims: 1 }),
      nodeOf("Max", [part("largest"), number("float32", least)], part("range")),
      nodeOf("Div", [number("float32", levels), part("range")], part("factor")),
      nodeOf("Mul", [x, part("factor")], part("scaled")),
      nodeOf("QuantizeLinear", [part("scaled"), number("float32", 1), number("uint8", zero)], part("uint8")),
    ];
  }

  /** Returns the nodes that multiply the bytes, scale the products, and add a bias if the node has one. */
  function multiply(node: OnnxNode, weights: OnnxTensor): OnnxNode[] {
    const [x, , bias] = node.inputs as [string, string, string?];
    const [y] = node.outputs as [string];
    const product = bias === undefined ? y : `${y}/product`;
    const [matrix, scale] = quantizedMatrix(weights).map(add) as [string, string];
    const { zero, levels } = rangeOf(x);
    const inputs = [`${x}/uint8`, matrix, number("float32", 1 / levels), scale, number("uint8", zero)];
    return [
      { ...nodeOf("MatMulIntegerToFloat", inputs, `${y}/unscaled`), domain: "com.microsoft" },
      nodeOf("Mul", [`${y}/unscaled`, `${x}/range`], product),
      ...(bias === undefined ? [] : [nodeOf("Add", [product, bias], y)]),
    ];
  }
}
