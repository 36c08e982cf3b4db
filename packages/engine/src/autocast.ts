import { addsBias } from "./bias.ts";
import type { DType } from "./dtype.ts";
import { createGraph, emitAll, type Node, type Tensor } from "./graph.ts";
import { cast } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import type { Program } from "./program.ts";

/**
 * The program with the matrix products of float32 tensors computed in a 16-bit type: their operands are rounded to it, and
 * so are they, and then go on as float32. All else stays: sums, softmax, layer normalisation, losses, the state.
 *
 * Products with a one-hot matrix stay as well, as they only look rows up. In bfloat16 a bias, a GELU or a softmax between
 * products has its input and its result in it too, and so have scale, bias and mask that come before: TensorFlow makes one
 * kernel of product, bias and GELU, and one of product, scale and mask, which compute in float32 and round once, as its
 * softmax does.
 */
export function autocast(program: Program, dtype: Extract<DType, "float16" | "bfloat16">): Program {
  const graph = createGraph();
  const renewed = new Map<number, Tensor>();
  const resolve = ({ id }: Tensor): Tensor => renewed.get(id)!;
  /** By float32 tensors: the 16-bit ones that they were made of, and the tensors that were only moved to make them. */
  const [narrow, unmoved] = [new Map<number, Tensor>(), new Map<number, { node: Node; from: Tensor }>()];
  const oneHots = new Set<number>();
  const between = dtype === "bfloat16" ? activationsBetweenProducts(program) : new Set<Node>();

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
    if (product !== undefined && between.has(node)) {
      const operands = [product, ...inputs.slice(1).map(rounded)];
      return emitAll(graph, node.op, operands, node.attributes, [{ shape: node.outputs[0]!.shape, dtype }]).map(
        widened,
      );
    }
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
 * GELUs and softmaxes of products whose results go into other products and nowhere else, with what is added to their input or
 * multiplies it before, and biases likewise. In training, derivatives read of GELUs and softmaxes, so that there are none of them.
 */
function activationsBetweenProducts({ nodes, outputs, updates }: Program): ReadonlySet<Node> {
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
  /** The nodes from a product, which is left out, to this one; none if there is more to it than that. */
  function chainTo(node: Node): readonly Node[] {
    const before = makerOf(node.inputs[0]!);
    if (before.op === "matmul") return [node];
    const isPart = before.op === "add" || before.op === "mul";
    const chain = isPart && goesOnlyInto(before.outputs[0]!, (reader) => reader === node) ? chainTo(before) : [];
    return chain.length === 0 ? [] : [...chain, node];
  }

  const candidates = nodes.filter((node) => node.op === "gelu" || node.op === "softmax" || addsBias(node));
  const between = candidates.filter(({ outputs: [y] }) => goesOnlyInto(y!, ({ op }) => op === "matmul"));
  return new Set(between.flatMap(chainTo));
}

/** Whether it changes where elements stand, and nothing else. */
function isMove({ op }: Node): boolean {
  return op === "reshape" || op === "transpose";
}
