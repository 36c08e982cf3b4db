import type { OnnxModel, OnnxNode, OnnxTensor } from "../onnx-model.ts";
import { castOf, elementCount, floatsOf, nodeOf, readCounts, tensorOf, withConstants } from "./constants.ts";
import { LARGEST, quantizeRows, transposeBytes } from "./quantize-rows.ts";

/** Options of {@link toInt8}. */
export interface Int8Options {
  /**
   * Names of the matrix multiplications that stay float32, as {@link int8Matmuls} returns them. Their weights are stored
   * in 8 bits, too. @default none
   */
  readonly float?: ReadonlySet<string>;
}

/**
 * Largest absolute value of a weight that is multiplied in 8 bits. The kernels of CPUs without VNNI add two products of
 * a weight and an unsigned byte in 16 bits, and larger weights would overflow.
 */
const LARGEST_FACTOR = 63;

/** Returns the matrix of a multiplication in int8, and the scales of its columns in float32. `weights` is the transposed matrix. */
export function quantizedMatrix(weights: OnnxTensor): [matrix: OnnxTensor, scales: OnnxTensor] {
  const [columns, rows] = weights.shape as [number, number];
  const { bytes, scales } = quantizeRows(floatsOf(weights), rows, LARGEST_FACTOR);
  return [
    tensorOf(`${weights.name}/int8`, "int8", [rows, columns], transposeBytes(bytes, rows)),
    tensorOf(`${weights.name}/scales`, "float32", [columns], scales),
  ];
}

/**
 * Number of rows from which a constant is stored in 8 bits. Short tables, such as the embeddings of token types, are added
 * to all tokens: their rounding errors do not average out, and they take little space.
 */
const MIN_ROWS = 16;
/** Number of elements per row from which a constant is stored in 8 bits: each row also has a scale of 4 bytes. */
const MIN_WIDTH = 16;

/**
 * Returns the names of the matrix multiplications that {@link toInt8} can compute in 8 bits, in the order of the model.
 *
 * @example
 * ```ts
 * import { exp, exportOnnx, int8Matmuls, trace } from "@bertie/engine";
 *
 * const model = exportOnnx({
 *   dimensions: { batch_size: 1000 },
 *   trace: ({ batch_size: size }) => trace(({ feed }) => ({ outputs: { y: exp(feed("x", "float32", [size!])) } })),
 *   state: new Map(),
 * });
 * console.log(int8Matmuls(model)); // []
 * ```
 */
export function int8Matmuls(model: OnnxModel): string[] {
  const constants = constantsOf(model);
  return model.nodes.filter((node) => weightsOf(node, constants) !== undefined).map(({ outputs }) => outputs[0]!);
}

/**
 * Converts a float32 model to 8-bit weights, which makes the file a quarter as large, and its matrix multiplications to
 * 8 bits, which makes it several times as fast on CPUs.
 *
 * Each column of a matrix has a scale. The other operand of a multiplication is quantized at run time, with one scale
 * (dynamic quantization: `DynamicQuantizeLinear` and `MatMulInteger`, which ONNX Runtime fuses). Rows of embedding tables
 * have a scale each. Multiplications that are not with a constant matrix stay float32.
 *
 * @param model model that {@link exportOnnx} returns
 *
 * @example
 * ```ts
 * import { encodeOnnx, exportOnnx, float32, int8Matmuls, matmul, toInt8, trace } from "@bertie/engine";
 *
 * const model = exportOnnx({
 *   dimensions: { batch_size: 1000 },
 *   trace: ({ batch_size: size }) =>
 *     trace(({ feed, state }) => {
 *       const weights = state("weights", "float32", [64, 64]);
 *       return { outputs: { y: matmul(feed("x", "float32", [size!, 64]), weights, { transposeB: true }) } };
 *     }),
 *   state: new Map([["weights", float32(new Float32Array(64 * 64), [64, 64])]]),
 * });
 * console.log(int8Matmuls(model).length, encodeOnnx(model).length > 2.5 * encodeOnnx(toInt8(model)).length); // 1 true
 * ```
 */
export function toInt8(model: OnnxModel, { float = new Set() }: Int8Options = {}): OnnxModel {
  const constants = constantsOf(model);
  const counts = readCounts(model);
  const added = new Map<string, OnnxTensor>();
  const quantized = new Map<string, string[]>();
  const stored = new Set<string>();
  const add = (tensor: OnnxTensor) => {
    added.set(tensor.name, tensor);
    return tensor.name;
  };

  const nodes = model.nodes.flatMap((node): OnnxNode[] => {
    const [y] = node.outputs as [string];
    const weights = float.has(y) ? undefined : weightsOf(node, constants);
    if (weights !== undefined) return multiply(node, weights);
    const table = constants.get(node.inputs[0]!);
    if (node.opType === "Gather" && table !== undefined && isLarge(table)) return gather(node, table);
    const before = node.inputs.flatMap((name) => {
      const tensor = constants.get(name);
      return tensor !== undefined && isLarge(tensor) && counts.get(name) === 1 ? store(tensor) : [];
    });
    return [...before, { ...node, inputs: node.inputs.map((name) => (stored.has(name) ? `${name}/float` : name)) }];
  });
  return withConstants({ ...model, nodes }, [...added.values()]);

  /** Returns the nodes of a multiplication in 8 bits. */
  function multiply(node: OnnxNode, weights: OnnxTensor): OnnxNode[] {
    const [x] = node.inputs as [string];
    const [y] = node.outputs as [string];
    const [matrix, scale] = quantizedMatrix(weights).map(add) as [string, string];
    // Multiplications of the same value share its quantization.
    const parts = quantized.get(x) ?? [`${x}/uint8`, `${x}/scale`, `${x}/zero`];
    const isNew = !quantized.has(x);
    quantized.set(x, parts);
    const [bytesOfX, scaleOfX, zeroOfX] = parts as [string, string, string];
    return [
      ...(isNew ? [{ ...nodeOf("DynamicQuantizeLinear", [x], bytesOfX), outputs: parts }] : []),
      nodeOf("MatMulInteger", [bytesOfX, matrix, zeroOfX], `${y}/int32`),
      castOf(`${y}/int32`, `${y}/sum`, "float32"),
      nodeOf("Mul", [scaleOfX, scale], `${y}/scale`),
      nodeOf("Mul", [`${y}/sum`, `${y}/scale`], y),
    ];
  }

  /** Returns the nodes that read rows of a table in 8 bits. */
  function gather(node: OnnxNode, table: OnnxTensor): OnnxNode[] {
    const [, indices] = node.inputs as [string, string];
    const [y] = node.outputs as [string];
    const width = table.shape.at(-1)!;
    const { bytes, scales } = quantizeRows(floatsOf(table), width, LARGEST);
    const rows = add(tensorOf(`${table.name}/int8`, "int8", table.shape, bytes));
    const scale = add(tensorOf(`${table.name}/scales`, "float32", [...table.shape.slice(0, -1), 1], scales));
    return [
      nodeOf("Gather", [rows, indices], `${y}/int8`, node.attributes),
      castOf(`${y}/int8`, `${y}/float`, "float32"),
      nodeOf("Gather", [scale, indices], `${y}/scales`, node.attributes),
      nodeOf("Mul", [`${y}/float`, `${y}/scales`], y),
    ];
  }

  /** Returns the nodes that convert a constant in 8 bits to float32, which ONNX Runtime runs once, when it loads the model. */
  function store(tensor: OnnxTensor): OnnxNode[] {
    const { name, shape } = tensor;
    stored.add(name);
    const { bytes, scales } = quantizeRows(floatsOf(tensor), shape.at(-1)!, LARGEST);
    const numbers = add(tensorOf(`${name}/int8`, "int8", shape, bytes));
    const scale = add(tensorOf(`${name}/scales`, "float32", [...shape.slice(0, -1), 1], scales));
    return [castOf(numbers, `${name}/numbers`, "float32"), nodeOf("Mul", [`${name}/numbers`, scale], `${name}/float`)];
  }
}

function constantsOf({ initializers }: OnnxModel): Map<string, OnnxTensor> {
  return new Map(initializers.map((tensor) => [tensor.name, tensor]));
}

/** Returns the constant matrix `[columns, rows]` whose transpose a node multiplies by; undefined for other nodes. */
export function weightsOf(
  { opType, inputs, attributes }: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
): OnnxTensor | undefined {
  const isProduct = opType === "Gemm" && inputs.length === 2 && attributes.transA === 0 && attributes.transB === 1;
  const weights = isProduct ? constants.get(inputs[1]!) : undefined;
  return weights !== undefined && isLarge(weights) ? weights : undefined;
}

function isLarge(tensor: OnnxTensor): boolean {
  const { type, shape } = tensor;
  const width = shape.at(-1) ?? 1;
  return type === "float32" && width >= MIN_WIDTH && elementCount(tensor) / width >= MIN_ROWS;
}
