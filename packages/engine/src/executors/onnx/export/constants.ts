import { type ElementType, elementTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from "../onnx-model.ts";

/** Returns the elements of a float32 tensor, without copying them if they are aligned. */
export function floatsOf({ bytes }: OnnxTensor): Float32Array {
  const isAligned = bytes.byteOffset % 4 === 0;
  return isAligned
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    : new Float32Array(bytes.slice().buffer);
}

/** Returns the elements of an int64 tensor. */
export function integersOf({ bytes }: OnnxTensor): number[] {
  return Array.from(new BigInt64Array(bytes.slice().buffer), Number);
}

/** Returns a tensor with the bytes of a typed array. */
export function tensorOf(
  name: string,
  type: ElementType,
  shape: readonly number[],
  values: Float32Array | Int8Array | Uint8Array | Uint16Array | BigInt64Array,
): OnnxTensor {
  return { name, type, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** Returns the number of elements of a tensor. */
export function elementCount({ shape }: OnnxTensor): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Returns a node of ONNX's own operator set with one output. */
export function nodeOf(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: OnnxNode["attributes"] = {},
): OnnxNode {
  return { opType, domain: "", inputs, outputs: [output], attributes };
}

/** Returns a node that converts a value to another element type. */
export function castOf(input: string, output: string, type: ElementType): OnnxNode {
  return nodeOf("Cast", [input], output, { to: elementTypes[type] });
}

/** Drops constants that no node reads, and adds constants. */
export function withConstants(model: OnnxModel, added: readonly OnnxTensor[] = []): OnnxModel {
  const used = new Set(model.nodes.flatMap(({ inputs }) => inputs));
  const all = new Map([...model.initializers, ...added].map((tensor) => [tensor.name, tensor]));
  return { ...model, initializers: [...all.values()].filter(({ name }) => used.has(name)) };
}

/** Returns the number of reads of each value. Outputs of the model count as read once more. */
export function readCounts({ nodes, outputs }: OnnxModel): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name)])
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
