import { BertieError } from "@bertie/common";
import type { OnnxModel, OnnxNode, OnnxTensor } from "../onnx-model.ts";
import { nodeOf, readCounts, tensorOf, withConstants } from "./constants.ts";

/** Op sets in which the ops of classifiers have their current form, as far as it is newer than op set 13. */
const OP_SETS: Readonly<Record<string, number>> = { LayerNormalization: 17, Reshape: 14, ReduceMax: 18, Gelu: 20 };
const LOWEST_OP_SET = 13;

/** Returns the lowest version of ONNX's operator set that has all ops of a model. */
export function opsetOf({ nodes }: OnnxModel): number {
  const foreign = nodes.find(({ domain }) => domain !== "");
  if (foreign !== undefined) {
    const text = `the model has the op ${foreign.domain}.${foreign.opType}, which is not part of ONNX. Export a model without this op.`;
    throw new BertieError("export/op", text);
  }
  return nodes.reduce((opset, { opType }) => Math.max(opset, OP_SETS[opType] ?? LOWEST_OP_SET), LOWEST_OP_SET);
}

/**
 * Replaces Gelu, which is too new for many runtimes, with older ops, which ONNX Runtime fuses again. Removes outputs
 * that no node reads.
 */
export function withPortableOps(model: OnnxModel): OnnxModel {
  const counts = readCounts(model);
  const nodes = model.nodes.flatMap((node): OnnxNode[] => {
    if (node.opType === "Gelu") return gelu(node);
    const last = node.outputs.findLastIndex((name) => counts.has(name));
    return [{ ...node, outputs: node.outputs.slice(0, last + 1) }];
  });
  return withConstants({ ...model, nodes }, [...NUMBERS.values()]);
}

const NUMBERS: ReadonlyMap<number, OnnxTensor> = new Map(
  [Math.SQRT2, 1, 0.5].map((value) => [value, tensorOf(`number:${value}`, "float32", [], Float32Array.of(value))]),
);

/** Returns the ops of x · ½ · (1 + erf(x / √2)). Programs compute the approximation with tanh from older ops. */
function gelu({ inputs, outputs }: OnnxNode): OnnxNode[] {
  const [x] = inputs as [string];
  const [y] = outputs as [string];
  const nodes: OnnxNode[] = [];
  const op = (opType: string, operands: readonly (string | number)[], output = `${y}/gelu:${nodes.length}`) => {
    const names = operands.map((operand) => (typeof operand === "string" ? operand : NUMBERS.get(operand)!.name));
    nodes.push(nodeOf(opType, names, output));
    return output;
  };
  const erf = op("Erf", [op("Div", [x, Math.SQRT2])]);
  op("Mul", [op("Mul", [x, op("Add", [erf, 1])]), 0.5], y);
  return nodes;
}
