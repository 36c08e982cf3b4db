import type { Node, Tensor } from "../../graph.ts";
import { elementTypeOf } from "./element-type.ts";
import type { ElementwiseBlock } from "./elementwise-blocks.ts";
import type { LoweringContext } from "./lowering-context.ts";
import type { OnnxNode, OnnxValue } from "./onnx-model.ts";

/**
 * Adds a Scan that computes the nodes of a block for some rows at a time, so that intermediate results stay in the CPU's
 * caches. ONNX Runtime's Scan reads its inputs and writes its outputs in place.
 *
 * @param lower function that lowers a node in a context
 */
export function lowerBlock(
  { nodes, inputs, outputs, count, rows, width }: ElementwiseBlock,
  context: LoweringContext,
  lower: (node: Node, context: LoweringContext) => void,
): void {
  const body: OnnxNode[] = [];
  const names = new Map<Tensor, string>();
  const nameIn = (x: Tensor) => {
    const name = names.get(x) ?? context.fresh();
    names.set(x, name);
    return name;
  };
  const inner: LoweringContext = {
    ...context,
    name: (x) => names.get(x) ?? context.name(x),
    node(opType, inputs, outputs, attributes = {}, domain = "") {
      body.push({ opType, inputs, outputs, attributes, domain });
      return outputs[0]!;
    },
  };
  const typed = (x: Tensor): OnnxValue => {
    return { name: nameIn(x), type: elementTypeOf(x.dtype), shape: [rows / count, x.shape.at(-1) === 1 ? 1 : width] };
  };
  const reshape = (name: string, shape: readonly number[], output = context.fresh()) =>
    context.node("Reshape", [name, context.constant("int64", shape)], [output]);
  const bodyInputs = inputs.map(typed);
  const scanned = inputs.map((x, i) => reshape(context.name(x), [count, ...(bodyInputs[i]!.shape as number[])]));
  for (const {
    outputs: [y],
  } of nodes)
    nameIn(y!);
  for (const node of nodes) lower(node, inner);
  const graph = { nodes: body, inputs: bodyInputs, outputs: outputs.map(typed), initializers: [] };
  const results = outputs.map(() => context.fresh());
  context.node("Scan", scanned, results, { body: { graph }, num_scan_inputs: inputs.length });
  for (const [i, y] of outputs.entries()) reshape(results[i]!, y.shape, context.name(y));
}
