import type { Random } from "@bertie/common";
import type { TensorData } from "../dtype.ts";
import { grad } from "../grad.ts";
import type { Graph, Tensor } from "../graph.ts";
import { add, cast, mul, sub, tanh } from "../ops/elementwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import type { Program } from "../program.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { type Traced, type Tracer, trace } from "../trace.ts";
import { tensor } from "./evaluate.ts";
import type { Inputs, Item } from "./random-inputs.ts";
import { randomOps } from "./random-ops.ts";

/** A program with values for its feeds and state. */
export interface RandomProgram {
  readonly program: Program;
  /** The program before the passes over the graph. */
  readonly unoptimized: Program;
  readonly feeds: Readonly<Record<string, TensorData>>;
  readonly state: Readonly<Record<string, TensorData>>;
}

/** The options of randomProgram(). */
export interface RandomProgramOptions {
  /**
   * Number of random ops or small compositions.
   *
   * @default 16
   */
  readonly length?: number;
  /**
   * Whether the program may contain float16 tensors.
   *
   * @default true
   */
  readonly float16?: boolean;
}

/**
 * Returns a random training step: ops on feeds and state, a loss, gradients, and updates of the state.
 *
 * The program is correctly typed and numerically stable: magnitudes stay small, and discontinuous ops such as
 * comparisons and rounding are applied to exact values only, so executors that round differently still agree closely.
 */
export function randomProgram(
  random: Random,
  { length = 16, float16 = true }: RandomProgramOptions = {},
): RandomProgram {
  const available = Object.entries(randomOps).filter(([name]) => float16 || name !== "float16");
  const feeds: Record<string, TensorData> = {};
  const state: Record<string, TensorData> = {};
  let recorded: { graph: Graph; traced: Traced } | undefined;
  const program = trace((tracer) => {
    const inputs = randomInputs(random, tracer, feeds, state);
    const pool: Item[] = [inputs.state([2, 3]), inputs.feed([3, 4]), inputs.state([2, 1, 3])];
    const others: Tensor[] = [];
    while (pool.length < length + 3) {
      const [, apply] = available[random.nextInt(available.length)]!;
      const { more = [], ...item } = apply(pool[random.nextInt(pool.length)]!, { random, pool, ...inputs });
      pool.push(shrink(item));
      others.push(...more);
    }
    state.count = tensor("int32", [], [random.nextInt(1000)]);
    const results = pool.map((item) => item.tensor).filter((_, i) => i >= length || random.nextInt(2) === 0);
    const traced = trainingStep(tracer, results, others);
    recorded = { graph: tracer.graph, traced };
    return traced;
  });
  const { graph, traced } = recorded!;
  return { program, unoptimized: withoutPasses(program, graph, traced), feeds, state };
}

/** Returns functions that add inputs to a program and their values to `feeds` and `state`. */
function randomInputs(
  random: Random,
  tracer: Tracer,
  feeds: Record<string, TensorData>,
  state: Record<string, TensorData>,
): Inputs {
  const values = (shape: Shape, draw: () => number) => Array.from({ length: sizeOf(shape) }, draw);
  const addFeed = (data: TensorData): Tensor => {
    const name = `x${Object.keys(feeds).length}`;
    feeds[name] = data;
    return tracer.feed(name, data.dtype, data.shape);
  };
  return {
    feed(shape) {
      const data = values(shape, () => (random.nextInt(257) - 128) / 64);
      return { tensor: addFeed(tensor("float32", shape, data)), limit: 2, exact: true };
    },
    state(shape) {
      const name = `s${Object.keys(state).length}`;
      const data = values(shape, () => (2 * random.nextInt(256) - 255) / 128);
      state[name] = tensor("float32", shape, data);
      return { tensor: tracer.state(name, "float32", shape), limit: 2.5, exact: false };
    },
    indices(shape, bound) {
      const data = values(shape, () => random.nextInt(bound));
      return addFeed(tensor("int32", shape, data));
    },
  };
}

/** Returns a loss of the results, its gradients, and updates of all state. */
function trainingStep(tracer: Tracer, results: readonly Tensor[], others: readonly Tensor[]): Traced {
  const { nodes } = tracer.graph;
  const fed = nodes.flatMap((node) => (node.op === "feed" ? node.outputs : []));
  const parameters = nodes.flatMap((node) =>
    node.op === "state" ? node.outputs.map((parameter) => ({ name: node.attributes.name, parameter })) : [],
  );
  const loss = results.map((x) => mean(x)).reduce((a, b) => add(a, b));
  const gradients = grad(
    loss,
    parameters.map(({ parameter }) => parameter),
  );

  const updates: Record<string, Tensor> = { count: add(tracer.state("count", "int32", []), 1) };
  // The output `fed` depends on all feeds, so none is dropped as unused.
  const outputs: Record<string, Tensor> = {
    loss,
    fed: fed.map((x) => sum(cast(x, "float32"))).reduce((a, b) => add(a, b)),
  };
  for (const [i, { name, parameter }] of parameters.entries()) {
    // Gradients are clipped to (−1, 1), so that the state stays within its limit.
    updates[name] = sub(parameter, mul(tanh(gradients[i]!), 0.125));
    outputs[`gradient ${name}`] = gradients[i]!;
  }
  for (const [i, result] of results.entries()) outputs[`result ${i}`] = result;
  for (const [i, other] of others.entries()) outputs[`other ${i}`] = other;
  return { updates, outputs };
}

/** Reduces an item that has too many elements, and scales down values that are too large. */
function shrink({ tensor: x, limit, exact }: Item): Item {
  if (sizeOf(x.shape) > 200) {
    const axis = x.shape.indexOf(Math.max(...x.shape));
    return shrink({ tensor: sum(x, axis), limit: limit * x.shape[axis]!, exact: false });
  }
  return limit > 4 ? { tensor: mul(x, 2 / limit), limit: 2, exact: false } : { tensor: x, limit, exact };
}

function withoutPasses(program: Program, graph: Graph, { updates = {}, outputs = {} }: Traced): Program {
  return {
    ...program,
    nodes: graph.nodes,
    updates: new Map(Object.entries(updates)),
    outputs: new Map(Object.entries(outputs)),
  };
}
