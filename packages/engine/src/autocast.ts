import { addsBias } from "./bias.ts";
import type { DType } from "./dtype.ts";
import { createGraph, emitAll, type Node, type Tensor } from "./graph.ts";
import { add, cast, gelu } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import type { Program } from "./program.ts";

/**
 * The program with the matrix products of float32 tensors computed in a 16-bit type: their operands are rounded to it, and
 * so are they, and then go on as float32. All else stays: sums, softmax, layer normalisation, losses, the state.
 *
 * Products with a one-hot matrix stay as well, as they only look rows up. In bfloat16 a GELU between products is computed
 * in it too, and the bias that is added before: TensorFlow makes one kernel of product, bias and GELU, which rounds once.
 */
export function autocast(program: Program, dtype: Extract<DType, "float16" | "bfloat16">): Program {
  const graph = createGraph();
  const renewed = new Map<number, Tensor>();
  const resolve = ({ id }: Tensor): Tensor => renewed.get(id)!;
  /** By float32 tensors: the 16-bit ones that they were made of, and the tensors that were only moved to make them. */
  const [narrow, unmoved] = [new Map<number, Tensor>(), new Map<number, { node: Node; from: Tensor }>()];
  const oneHots = new Set<number>();
  const between = dtype === "bfloat16" ? gelusBetweenProducts(program) : new Set<Node>();

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

  /** The node's op on other inputs; its results are of its own type, or of that of what it moves. */
  function repeat(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
    const types = node.outputs.map(({ shape, dtype }) => ({ shape, dtype: isMove(node) ? inputs[0]!.dtype : dtype }));
    return emitAll(graph, node.op, inputs, node.attributes, types);
  }

  function renew(node: Node): readonly Tensor[] {
    const inputs = node.inputs.map(resolve);
    const [x, y] = inputs as [Tensor, Tensor];
    if (node.op === "matmul" && x.dtype === "float32" && !oneHots.has(x.id) && !oneHots.has(y.id))
      return [widened(matmul(rounded(x), rounded(y), node.attributes))];
    const product = x && narrow.get(x.id);
    if (product !== undefined && between.has(node))
      return [widened(node.op === "gelu" ? gelu(product) : add(product, rounded(y)))];
    if (!isMove(node)) return repeat(node, inputs);
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

/**
 * GELUs of a product and a bias whose results go into other products and nowhere else, and those additions. In training the
 * derivative of a GELU reads its input, so that there are none.
 */
function gelusBetweenProducts({ nodes, outputs, updates }: Program): ReadonlySet<Node> {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
  const readers = new Map<number, Node[]>();
  for (const node of nodes) for (const { id } of node.inputs) readers.set(id, [...(readers.get(id) ?? []), node]);
  const kept = new Set([...outputs.values(), ...updates.values()].map(({ id }) => id));

  function goesOnlyInto(tensor: Tensor, isMeant: (reader: Node) => boolean): boolean {
    const into = (reader: Node) => isMeant(reader) || (isMove(reader) && goesOnlyInto(reader.outputs[0]!, isMeant));
    return !kept.has(tensor.id) && readers.get(tensor.id)!.every(into);
  }
  function makerOf(tensor: Tensor): Node {
    const maker = makers.get(tensor.id)!;
    return isMove(maker) ? makerOf(maker.inputs[0]!) : maker;
  }

  const found = nodes.flatMap((node) => {
    if (node.op !== "gelu" || !goesOnlyInto(node.outputs[0]!, ({ op }) => op === "matmul")) return [];
    const addition = makerOf(node.inputs[0]!);
    return addsBias(addition) && goesOnlyInto(addition.outputs[0]!, (reader) => reader === node)
      ? [node, addition]
      : [];
  });
  return new Set(found);
}

/** Whether it changes where elements stand, and nothing else. */
function isMove({ op }: Node): boolean {
  return op === "reshape" || op === "transpose";
}
