import { createGraph, emit, emitAll, type Node, type Op, type Tensor } from "../../graph.ts";
import { dropDeadNodes, readCounts } from "../../passes.ts";
import type { Program } from "../../program.ts";
import { type Shape, sameShape } from "../../shape.ts";

const UNARY: ReadonlySet<Op> = new Set(["neg", "exp", "log", "sqrt", "erf", "tanh", "sigmoid", "gelu", "cast"]);
const BINARY: ReadonlySet<Op> = new Set(["add", "sub", "mul", "div", "maximum"]);

/**
 * Computes element-wise ops and layer normalization on the matrices that their operands are reshaped from, so that few
 * reshapes remain. A reshape moves no elements, but takes time like every other node of a model.
 */
export function withMatrixShapes(program: Program): Program {
  const graph = createGraph();
  /** Tensors of the new graph by the ids of the original ones. */
  const replacements = new Map<number, Tensor>();
  const resolve = ({ id }: Tensor): Tensor => replacements.get(id)!;
  /** By id of a reshaped tensor, the tensor that it was reshaped from. */
  const sources = new Map<number, Tensor>();
  const sourceOf = (x: Tensor): Tensor => sources.get(x.id) ?? x;
  const views = new Map<string, Tensor>();
  const reads = readCounts(program);

  function view(x: Tensor, shape: Shape): Tensor {
    const source = sourceOf(x);
    if (sameShape(source.shape, shape)) return source;
    const key = `${source.id} ${shape}`;
    const reshaped = views.get(key) ?? emit(graph, "reshape", [source], {}, { shape, dtype: source.dtype });
    views.set(key, reshaped);
    sources.set(reshaped.id, source);
    return reshaped;
  }

  /** Returns the operands of a node in the shape that they are reshaped from; undefined if the op depends on the shape. */
  function operandsOf({ op, outputs }: Node, inputs: readonly Tensor[]): readonly Tensor[] | undefined {
    const [x, y] = inputs as [Tensor, Tensor];
    if (UNARY.has(op)) return [sourceOf(x)];
    const { shape } = outputs[0]!;
    const width = shape.at(-1);
    if (op === "layerNorm") {
      const hasStatistics = outputs.slice(1).some(({ id }) => reads.has(id));
      return hasStatistics || sourceOf(x).shape.at(-1) !== width ? undefined : [sourceOf(x), ...inputs.slice(1)];
    }
    if (!BINARY.has(op)) return undefined;
    const full = [x, y].filter((operand) => sameShape(operand.shape, shape));
    const target = full.map((operand) => sourceOf(operand).shape).find((each) => each.length < shape.length);
    const isRow = (operand: Tensor) => operand.shape.length < 2 && (operand.shape[0] ?? width) === width;
    if (target === undefined || target.length === 0 || target.at(-1) !== width) return undefined;
    if (!inputs.every((operand) => full.includes(operand) || isRow(operand))) return undefined;
    return inputs.map((operand) => (full.includes(operand) ? view(operand, target) : operand));
  }

  function convert(node: Node): readonly Tensor[] {
    const inputs = node.inputs.map(resolve);
    if (node.op === "reshape") return [view(inputs[0]!, node.outputs[0]!.shape)];
    const operands = operandsOf(node, inputs);
    if (operands === undefined) return emitAll(graph, node.op, inputs, node.attributes, node.outputs);
    const { shape } = operands.reduce((a, b) => (a.shape.length < b.shape.length ? b : a));
    const types = node.outputs.map(({ dtype }, i) => ({ dtype, shape: i === 0 ? shape : [...shape.slice(0, -1), 1] }));
    const [first, ...rest] = emitAll(graph, node.op, operands, node.attributes, types) as [Tensor, ...Tensor[]];
    return [view(first, node.outputs[0]!.shape), ...rest];
  }

  for (const node of program.nodes) {
    const outputs = convert(node);
    for (const [i, { id }] of node.outputs.entries()) replacements.set(id, outputs[i]!);
  }
  const resolveAll = (tensors: ReadonlyMap<string, Tensor>) =>
    new Map([...tensors].map(([name, tensor]) => [name, resolve(tensor)]));
  const { feeds, state, updates, outputs } = program;
  return dropDeadNodes({
    ...{ nodes: graph.nodes, feeds: resolveAll(feeds), state: resolveAll(state) },
    ...{ updates: resolveAll(updates), outputs: resolveAll(outputs) },
  });
}
