import type { DType } from "./dtype.ts";
import { createGraph, emitAll, type Node, type Tensor } from "./graph.ts";
import { cast } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import type { Program } from "./program.ts";

/**
 * The program with the matrix products of float32 tensors computed in a 16-bit type: their operands are rounded to it, and
 * so are they, and then go on as float32. All else stays: sums, softmax, layer normalisation, losses, the state.
 *
 * Products with a one-hot matrix stay as well, as they only look rows up.
 */
export function autocast(program: Program, dtype: Extract<DType, "float16" | "bfloat16">): Program {
  const graph = createGraph();
  const renewed = new Map<number, Tensor>();
  const resolve = ({ id }: Tensor): Tensor => renewed.get(id)!;
  /** By float32 tensors: the 16-bit ones that they were made of, and the tensors that were only moved to make them. */
  const [narrow, unmoved] = [new Map<number, Tensor>(), new Map<number, { node: Node; from: Tensor }>()];
  const oneHots = new Set<number>();

  function widened(tensor: Tensor): Tensor {
    const wide = cast(tensor, "float32");
    narrow.set(wide.id, tensor);
    return wide;
  }

  /** Rounds before it moves: so half of the bytes are moved, and a product that was moved needs no rounding. */
  function rounded(x: Tensor): Tensor {
    const move = unmoved.get(x.id);
    return narrow.get(x.id) ?? (move === undefined ? cast(x, dtype) : repeat(move.node, [rounded(move.from)])[0]!);
  }

  /** The node's op on other inputs. */
  function repeat(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
    const types = node.outputs.map(({ shape, dtype }) => ({ shape, dtype: isMove(node) ? inputs[0]!.dtype : dtype }));
    return emitAll(graph, node.op, inputs, node.attributes, types);
  }

  function renew(node: Node): readonly Tensor[] {
    const inputs = node.inputs.map(resolve);
    const [x, y] = inputs as [Tensor, Tensor];
    if (node.op === "matmul" && x.dtype === "float32" && !oneHots.has(x.id) && !oneHots.has(y.id))
      return [widened(matmul(rounded(x), rounded(y), node.attributes))];
    if (!isMove(node)) return repeat(node, inputs);
    const product = narrow.get(x.id);
    const [moved] = product ? [widened(repeat(node, [product])[0]!)] : (repeat(node, inputs) as [Tensor]);
    unmoved.set(moved.id, { node, from: x });
    return [moved];
  }

  for (const node of program.nodes) {
    const outputs = renew(node);
    for (const [i, { id }] of node.outputs.entries()) renewed.set(id, outputs[i]!);
    const isOneHot = node.op === "oneHot" || (isMove(node) && oneHots.has(resolve(node.inputs[0]!).id));
    if (isOneHot) oneHots.add(outputs[0]!.id);
  }
  const resolveAll = (tensors: ReadonlyMap<string, Tensor>) =>
    new Map([...tensors].map(([name, tensor]) => [name, resolve(tensor)]));
  return {
    nodes: graph.nodes,
    feeds: resolveAll(program.feeds),
    state: resolveAll(program.state),
    updates: resolveAll(program.updates),
    outputs: resolveAll(program.outputs),
  };
}

/** Whether it changes where elements stand, and nothing else. */
function isMove({ op }: Node): boolean {
  return op === "reshape" || op === "transpose";
}
