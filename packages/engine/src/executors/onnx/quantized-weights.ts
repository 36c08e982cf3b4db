import type { OnnxModel, OnnxNode, OnnxTensor } from "./onnx-model.ts";

/**
 * Largest absolute value of a quantized weight. The kernels of CPUs without VNNI add two products of a weight and an
 * unsigned byte in 16 bits, and larger weights would overflow.
 */
const LARGEST = 63;

/**
 * Replaces multiplications by constant matrices with 8-bit multiplications: each column of the matrix is quantized with
 * a scale of its own, and ONNX Runtime quantizes the other operand at run time with one scale.
 */
export function withQuantizedWeights(model: OnnxModel): OnnxModel {
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const producers = new Map(model.nodes.map((node) => [node.outputs[0]!, node]));
  const added: OnnxTensor[] = [];

  /** Returns a constant matrix, or a constant matrix that is multiplied by a constant number. */
  function matrixOf(name: string): Matrix | undefined {
    const tensor = constants.get(name);
    if (tensor !== undefined) return tensor.shape.length === 2 ? matrix(tensor, 1) : undefined;
    const producer = producers.get(name);
    const [a, b] = (producer?.opType === "Mul" ? producer.inputs : []).map((input) => constants.get(input));
    if (a === undefined || b === undefined) return undefined;
    const [number, scaled] = a.shape.length === 0 ? [a, b] : [b, a];
    const isScaled = number.shape.length === 0 && scaled.shape.length === 2;
    return isScaled ? matrix(scaled, floatsOf(number)[0]!) : undefined;
  }

  const nodes = model.nodes.map((node): OnnxNode => {
    const [left, right] = node.inputs;
    const weights = isProduct(node) ? matrixOf(right!) : undefined;
    if (weights === undefined) return node;
    const { bytes, scales, shape } = quantize(weights);
    const columns = scales.length;
    const name = (part: string) => `${node.outputs[0]}/${part}`;
    added.push(
      { name: name("weights"), type: "int8", shape, bytes: new Uint8Array(bytes.buffer) },
      { name: name("scales"), type: "float32", shape: [columns], bytes: new Uint8Array(scales.buffer) },
      { name: name("zeros"), type: "int8", shape: [columns], bytes: new Uint8Array(columns) },
    );
    const inputs = [left!, name("weights"), name("scales"), name("zeros")];
    return { ...node, opType: "DynamicQuantizeMatMul", domain: "com.microsoft", inputs, attributes: {} };
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { ...model, nodes, initializers: [...model.initializers.filter(({ name }) => used.has(name)), ...added] };
}

/** Constant matrix `[columns, rows]`: the transposed right operand of a Gemm. */
interface Matrix {
  readonly values: Float32Array;
  readonly columns: number;
  readonly rows: number;
  readonly factor: number;
}

function isProduct({ opType, inputs, attributes }: OnnxNode): boolean {
  return opType === "Gemm" && inputs.length === 2 && attributes.transA === 0 && attributes.transB === 1;
}

function matrix(tensor: OnnxTensor, factor: number): Matrix {
  const [columns, rows] = tensor.shape as [number, number];
  return { values: floatsOf(tensor), columns, rows, factor };
}

function floatsOf({ bytes }: OnnxTensor): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Quantizes each column symmetrically, and transposes the matrix. */
function quantize({ values, columns, rows, factor }: Matrix) {
  const bytes = new Int8Array(rows * columns);
  const scales = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    const offset = column * rows;
    let largest = 0;
    for (let row = 0; row < rows; row++) largest = Math.max(largest, Math.abs(values[offset + row]!));
    const step = largest / LARGEST || 1;
    scales[column] = step * factor;
    for (let row = 0; row < rows; row++) bytes[row * columns + column] = Math.round(values[offset + row]! / step);
  }
  return { bytes, scales, shape: [rows, columns] };
}
