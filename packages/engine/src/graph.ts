import type { DType } from "./dtype.ts";
import type { Shape } from "./shape.ts";

interface NoAttributes {
  readonly [key: string]: never;
}
interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Attributes of every op of the engine, by op name. The functions in `ops/` document what each op computes. */
export interface OpAttributes {
  // sources
  feed: { readonly name: string };
  state: { readonly name: string };
  constant: { readonly values: readonly number[] };
  dropoutMask: { readonly rate: number; readonly site: number };
  // elementwise
  neg: NoAttributes;
  exp: NoAttributes;
  log: NoAttributes;
  sqrt: NoAttributes;
  erf: NoAttributes;
  tanh: NoAttributes;
  sigmoid: NoAttributes;
  gelu: NoAttributes;
  add: NoAttributes;
  sub: NoAttributes;
  mul: NoAttributes;
  div: NoAttributes;
  maximum: NoAttributes;
  greater: NoAttributes;
  equal: NoAttributes;
  where: NoAttributes;
  cast: NoAttributes;
  // contractions and reductions
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  sum: Reduction;
  max: Reduction;
  // layout
  reshape: NoAttributes;
  transpose: { readonly permutation: readonly number[] };
  broadcastTo: NoAttributes;
  slice: { readonly axis: number; readonly start: number };
  pad: { readonly axis: number; readonly before: number };
  concat: { readonly axis: number };
  // rows by index
  gather: NoAttributes;
  scatterAdd: NoAttributes;
  oneHot: NoAttributes;
  // composite ops with their own VJP rule
  softmax: NoAttributes;
  layerNorm: { readonly epsilon: number };
  crossEntropy: NoAttributes;
}

/** Name of an op. */
export type Op = keyof OpAttributes;

/** One application of an op. A graph lists its nodes in the order of tracing, so inputs precede their uses. */
export type Node<K extends Op = Op> = {
  [O in K]: {
    readonly op: O;
    readonly attributes: OpAttributes[O];
    readonly inputs: readonly Tensor[];
    readonly outputs: readonly Tensor[];
  };
}[K];

/** A symbolic tensor: an output of a node, with a shape and a dtype that are known while tracing. */
export interface Tensor {
  readonly graph: Graph;
  /** Number that identifies the tensor within its graph. */
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A graph that is being traced: a flat list of nodes. */
export interface Graph {
  readonly nodes: Node[];
  /** Number of tensors so far; the next tensor's id. */
  tensorCount: number;
  /** Number of dropout() calls so far; the next mask's site. */
  dropoutSites: number;
}

/** The shape and dtype of a tensor. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Returns an empty graph. */
export function createGraph(): Graph {
  return { nodes: [], tensorCount: 0, dropoutSites: 0 };
}

/** Adds a node to the graph and returns its outputs. */
export function emitAll<K extends Op>(
  graph: Graph,
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  types: readonly TensorType[],
): readonly Tensor[] {
  if (inputs.some((input) => input.graph !== graph))
    throw new Error(`${op}: an input belongs to another trace. Create all inputs of an op with the same tracer.`);
  const outputs = types.map(({ shape, dtype }) => ({ graph, id: graph.tensorCount++, shape, dtype }));
  graph.nodes.push({ op, attributes, inputs, outputs } as unknown as Node);
  return outputs;
}

/** Adds a node with one output to the graph and returns the output. */
export function emit<K extends Op>(
  graph: Graph,
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  type: TensorType,
): Tensor {
  return emitAll(graph, op, inputs, attributes, [type])[0]!;
}
