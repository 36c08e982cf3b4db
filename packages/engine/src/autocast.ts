import { addsBias } from "./bias.ts";
import type { DType } from "./dtype.ts";
import { createGraph, emitAll, type Node, type Tensor } from "./graph.ts";
import { cast } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import type { Program } from "./program.ts";

/**
 * Returns the program with matmuls of float32 tensors computed in a 16-bit type: operands are cast to the type, and
 * results are cast back to float32. Reductions, softmax, layer normalization, losses and state stay in float32.
 *
 * Matmuls with a one-hot matrix also stay in float32 because they only look up rows. With bfloat16, a bias, a GELU or a
 * softmax between two matmuls is computed in bfloat16, together with the scale, bias and mask before it: TensorFlow has
 * fused kernels for matmul, bias and GELU, and for matmul, scale and mask. Like its softmax, they compute in float32
 * and round once.
 */
export function autocast(program: Program, dtype: Extract<DType, "float16" | "bfloat16">): Program {
  const graph = createGraph();
  /** Tensors of the new graph by the ids of the original ones. */
  const replacements = new Map<number, Tensor>();
  const resolve = ({ id }: Tensor): Tensor => replacements.get(id)!;
  /** By id of a float32 tensor, the 16-bit tensor that it was cast from. */
  const castFrom = new Map<number, Tensor>();
  /** By tensor id, the reshape or transpose that computes the tensor, and the input of that node. */
  const movedFrom = new Map<number, { node: Node; input: Tensor }>();
  const oneHots = new Set<number>();
  const halfNodes = dtype === "bfloat16" ? nodesBetweenMatmuls(program) : new Set<Node>();

  function toFloat32(half: Tensor): Tensor {
    const wide = cast(half, "float32");
    castFrom.set(wide.id, half);
    return wide;
  }

  /**
   * Casts to the 16-bit type before reshapes and transposes rather than after. They then move half as many bytes, and
   * the 16-bit result of a matmul is reused.
   */
  function toHalf(x: Tensor): Tensor {
    const move = movedFrom.get(x.id);
    return castFrom.get(x.id) ?? (move === undefined ? cast(x, dtype) : reapply(move.node, [toHalf(move.input)])[0]!);
  }

  /** Applies a node's op to new inputs. A reshape or transpose has the dtype of its new input. */
  function reapply(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
    const types = node.outputs.map(({ shape, dtype }) => ({ shape, dtype: isMove(node) ? inputs[0]!.dtype : dtype }));
    return emitAll(graph, node.op, inputs, node.attributes, types);
  }

  function convert(node: Node): readonly Tensor[] {
    const inputs = node.inputs.map(resolve);
    const [x, y] = inputs as [Tensor, Tensor];
    if (node.op === "matmul" && x.dtype === "float32" && !oneHots.has(x.id) && !oneHots.has(y.id))
      return [toFloat32(matmul(toHalf(x), toHalf(y), node.attributes))];
    const half = x && castFrom.get(x.id);
    if (half !== undefined && halfNodes.has(node)) {
      const operands = [half, ...inputs.slice(1).map(toHalf)];
      const types = [{ shape: node.outputs[0]!.shape, dtype }];
      return emitAll(graph, node.op, operands, node.attributes, types).map(toFloat32);
    }
    if (!isMove(node)) return reapply(node, inputs);
    const [moved] = half ? [toFloat32(reapply(node, [half])[0]!)] : (reapply(node, inputs) as [Tensor]);
    movedFrom.set(moved.id, { node, input: x });
    return [moved];
  }

  for (const node of program.nodes) {
    const outputs = convert(node);
    for (const [i, { id }] of node.outputs.entries()) replacements.set(id, outputs[i]!);
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
 * Returns the GELUs, softmaxes and biases that are applied to the result of a matmul and whose result only matmuls
 * read, and the additions and multiplications between them and the matmul. In training, the backward pass reads the
 * inputs or results of GELUs and softmaxes, so only biases remain.
 */
function nodesBetweenMatmuls({ nodes, outputs, updates }: Program): ReadonlySet<Node> {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
  const readers = new Map<number, Node[]>();
  for (const node of nodes) for (const { id } of node.inputs) readers.set(id, [...(readers.get(id) ?? []), node]);
  const results = new Set([...outputs.values(), ...updates.values()].map(({ id }) => id));

  /** Returns whether only nodes that match read a tensor, directly or through reshapes and transposes. */
  function isOnlyReadBy(tensor: Tensor, matches: (reader: Node) => boolean): boolean {
    const isMatch = (node: Node) => matches(node) || (isMove(node) && isOnlyReadBy(node.outputs[0]!, matches));
    return !results.has(tensor.id) && readers.get(tensor.id)!.every(isMatch);
  }
  function producerOf(tensor: Tensor): Node {
    const producer = producers.get(tensor.id)!;
    return isMove(producer) ? producerOf(producer.inputs[0]!) : producer;
  }
  /** Returns the chain of nodes after a matmul up to this node; empty if the chain has other ops or other readers. */
  function chainTo(node: Node): readonly Node[] {
    const previous = producerOf(node.inputs[0]!);
    if (previous.op === "matmul") return [node];
    const isPart = previous.op === "add" || previous.op === "mul";
    const chain = isPart && isOnlyReadBy(previous.outputs[0]!, (reader) => reader === node) ? chainTo(previous) : [];
    return chain.length === 0 ? [] : [...chain, node];
  }

  const candidates = nodes.filter((node) => node.op === "gelu" || node.op === "softmax" || addsBias(node));
  const between = candidates.filter(({ outputs: [y] }) => isOnlyReadBy(y!, ({ op }) => op === "matmul"));
  return new Set(between.flatMap(chainTo));
}

/** Returns whether a node only moves elements. */
function isMove({ op }: Node): boolean {
  return op === "reshape" || op === "transpose";
}
