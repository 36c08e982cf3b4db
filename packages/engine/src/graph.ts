import type { DType } from "./dtype.ts";
import type { Shape } from "./shape.ts";

interface NoAttributes {
  readonly [key: string]: never;
}
interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Every op of the engine with its attributes. What it computes stands with its builder, in `ops/`. */
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
  // composites that have their own derivative
  softmax: NoAttributes;
  layerNorm: { readonly epsilon: number };
  crossEntropy: NoAttributes;
}

export type Op = keyof OpAttributes;

/** One application of an op. Nodes of a graph stand in the order in which they were traced: inputs come first. */
export type Node<K extends Op = Op> = {
  [O in K]: {
    readonly op: O;
    readonly attributes: OpAttributes[O];
    readonly inputs: readonly Tensor[];
    readonly outputs: readonly Tensor[];
  };
}[K];

/** A symbolic tensor: the result of a node, with a shape and a dtype that are known while tracing. */
export interface Tensor {
  readonly graph: Graph;
  /** Unique in its graph. */
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A trace in the making: a flat list of nodes. */
export interface Graph {
  readonly nodes: Node[];
  tensorCount: number;
  dropoutSites: number;
}

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

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
  for (const input of inputs) if (input.graph !== graph) throw new Error(`${op}: an input belongs to another graph`);
  const outputs = types.map(({ shape, dtype }) => ({ graph, id: graph.tensorCount++, shape, dtype }));
  graph.nodes.push({ op, attributes, inputs, outputs } as unknown as Node);
  return outputs;
}

/** Adds a node with one output to the graph. */
export function emit<K extends Op>(
  graph: Graph,
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  type: TensorType,
): Tensor {
  return emitAll(graph, op, inputs, attributes, [type])[0]!;
}
