import { autocast } from "./autocast.ts";
import type { DType, FloatType } from "./dtype.ts";
import { createGraph, emit, type Graph, type Tensor } from "./graph.ts";
import { dropDeadNodes, shareCommonSubexpressions } from "./passes.ts";
import type { Program } from "./program.ts";
import { type Shape, sameShape } from "./shape.ts";

/** The graph of a traced function, and functions that declare its inputs. */
export interface Tracer {
  /** The graph to which ops add nodes, for constant(). */
  readonly graph: Graph;
  /** Declares an input that the caller passes to each run. */
  feed(name: string, dtype: DType, shape: Shape): Tensor;
  /** Declares an input that the executor keeps between runs. Returns the same tensor for the same name. */
  state(name: string, dtype: DType, shape: Shape): Tensor;
}

/** The results of a traced function. */
export interface Traced {
  /** New values of the state, by name. */
  readonly updates?: Readonly<Record<string, Tensor>>;
  /** Tensors that a run returns, by name. */
  readonly outputs?: Readonly<Record<string, Tensor>>;
}

/** The options of trace(). */
export interface TraceOptions {
  /**
   * Type that matmuls of float32 tensors are computed in. Most other ops stay in float32: see autocast().
   *
   * @default "float32"
   */
  readonly precision?: FloatType;
}

/**
 * Records the ops that a function applies, without computing them, and returns them as a program that an executor can
 * run. Equal nodes are merged, and nodes that no update or output depends on are dropped, including feeds and state.
 *
 * @param build the function to record. It is called once, synchronously.
 * @throws Error if a feed is declared twice, or a state has two types or an update of another type
 * @example
 * ```ts
 * import { createReferenceExecutor, float32, sum, trace } from "@bertie/engine";
 *
 * const program = trace(({ feed }) => ({ outputs: { total: sum(feed("x", "float32", [3])) } }));
 * const compiled = await createReferenceExecutor().compile(program);
 * const { total } = await compiled.run({ x: float32(Float32Array.of(1, 2, 3)) });
 * console.log(total?.data); // Float32Array(1) [ 6 ]
 * ```
 */
export function trace(build: (tracer: Tracer) => Traced, { precision = "float32" }: TraceOptions = {}): Program {
  const graph = createGraph();
  const feeds = new Map<string, Tensor>();
  const state = new Map<string, Tensor>();
  const { updates = {}, outputs = {} } = build({
    graph,
    feed(name, dtype, shape) {
      if (feeds.has(name))
        throw new Error(`feed ${name} is declared twice. Declare it once and reuse the tensor, or rename one feed.`);
      return setIn(feeds, name, emit(graph, "feed", [], { name }, { dtype, shape }));
    },
    state(name, dtype, shape) {
      const declared = state.get(name) ?? setIn(state, name, emit(graph, "state", [], { name }, { dtype, shape }));
      if (declared.dtype !== dtype || !sameShape(declared.shape, shape)) {
        const types = `${declared.dtype}[${declared.shape}] and as ${dtype}[${shape}]`;
        throw new Error(`state ${name} is declared as ${types}. Use one dtype and shape for each state.`);
      }
      return declared;
    },
  });
  for (const [name, value] of Object.entries(updates)) {
    const old = state.get(name);
    if (old !== undefined && (!sameShape(old.shape, value.shape) || old.dtype !== value.dtype)) {
      const types = `the update is ${value.dtype}[${value.shape}], expected ${old.dtype}[${old.shape}]`;
      throw new Error(`state ${name}: ${types}. Cast or reshape the new value.`);
    }
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
