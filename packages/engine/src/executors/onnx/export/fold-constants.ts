import type { OnnxModel, OnnxNode, OnnxTensor } from "../onnx-model.ts";
import { floatsOf, integersOf, tensorOf, withConstants } from "./constants.ts";

/**
 * Computes products of constants with constant numbers, and reshaped and transposed constants, so that the model
 * contains the results.
 */
export function foldConstants(model: OnnxModel): OnnxModel {
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const nodes = model.nodes.filter((node) => {
    const operands = node.inputs.map((name) => constants.get(name));
    if (!operands.every((tensor) => tensor !== undefined)) return true;
    const result = compute(node, operands);
    if (result === undefined) return true;
    constants.set(result.name, result);
    return false;
  });
  return withConstants({ ...model, nodes, initializers: [...constants.values()] });
}

function compute(node: OnnxNode, [a, b]: readonly OnnxTensor[]): OnnxTensor | undefined {
  const [name] = node.outputs as [string];
  if (a === undefined || a.type !== "float32") return undefined;
  if (node.opType === "Mul" && b !== undefined) return product(name, a, b) ?? product(name, b, a);
  if (node.opType === "Reshape" && b !== undefined) return { ...a, name, shape: integersOf(b) };
  if (node.opType === "Transpose") return transposed(name, a, node.attributes.perm as readonly number[]);
  return undefined;
}

function product(name: string, a: OnnxTensor, number: OnnxTensor): OnnxTensor | undefined {
  if (number.shape.length > 0) return undefined;
  const [factor] = floatsOf(number) as Float32Array & [number];
  return tensorOf(
    name,
    "float32",
    a.shape,
    floatsOf(a).map((value) => value * factor),
  );
}

/** Returns a transposed constant. */
function transposed(name: string, tensor: OnnxTensor, permutation: readonly number[]): OnnxTensor {
  const values = floatsOf(tensor);
  const result = new Float32Array(values.length);
  const shape = permutation.map((axis) => tensor.shape[axis]!);
  const strides = tensor.shape.map((_, axis) => tensor.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const steps = permutation.map((axis) => strides[axis]!);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return tensorOf(name, "float32", shape, result);
}
