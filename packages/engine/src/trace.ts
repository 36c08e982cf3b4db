import { autocast } from "./autocast.ts";
import type { DType, FloatType } from "./dtype.ts";
import { createGraph, emit, type Graph, type Tensor } from "./graph.ts";
import { dropDeadNodes, shareCommonSubexpressions } from "./passes.ts";
import type { Program } from "./program.ts";
import { type Shape, sameShape } from "./shape.ts";

/** The means by which the traced function names its inputs. */
export interface Tracer {
  readonly graph: Graph;
  /** An input that is handed over at each run. */
  feed(name: string, dtype: DType, shape: Shape): Tensor;
  /** An input that the executor keeps between runs; the same tensor when asked for again. */
  state(name: string, dtype: DType, shape: Shape): Tensor;
}

export interface Traced {
  /** New values of state, by name. */
  readonly updates?: Readonly<Record<string, Tensor>>;
  /** What a run returns, by name. */
  readonly outputs?: Readonly<Record<string, Tensor>>;
}

export interface TraceOptions {
  /** What the products of float32 matrices are computed in; all else stays float32: see autocast. Default "float32". */
  readonly precision?: FloatType;
}

/** Records what a function computes, without computing it. */
export function trace(build: (tracer: Tracer) => Traced, { precision = "float32" }: TraceOptions = {}): Program {
  const graph = createGraph();
  const feeds = new Map<string, Tensor>();
  const state = new Map<string, Tensor>();
  const { updates = {}, outputs = {} } = build({
    graph,
    feed(name, dtype, shape) {
      if (feeds.has(name)) throw new Error(`feed ${name} stands twice`);
      return setIn(feeds, name, emit(graph, "feed", [], { name }, { dtype, shape }));
    },
    state(name, dtype, shape) {
      const known = state.get(name) ?? setIn(state, name, emit(graph, "state", [], { name }, { dtype, shape }));
      if (known.dtype !== dtype || !sameShape(known.shape, shape))
        throw new Error(`state ${name} is ${known.dtype}[${known.shape}] and ${dtype}[${shape}]`);
      return known;
    },
  });
  for (const [name, value] of Object.entries(updates)) {
    const before = state.get(name);
    if (before !== undefined && (!sameShape(before.shape, value.shape) || before.dtype !== value.dtype))
      throw new Error(`state ${name}: ${value.dtype}[${value.shape}] in place of ${before.dtype}[${before.shape}]`);
  }
  const program = {
    nodes: graph.nodes,
    feeds,
    state,
    updates: new Map(Object.entries(updates)),
    outputs: new Map(Object.entries(outputs)),
  };
  const cast = precision === "float32" ? program : autocast(program, precision);
  return dropDeadNodes(shareCommonSubexpressions(cast));
}

function setIn(map: Map<string, Tensor>, name: string, tensor: Tensor): Tensor {
  map.set(name, tensor);
  return tensor;
}
