import type { Random } from "@bertie/common";
import type { TensorData } from "../dtype.ts";
import { grad } from "../grad.ts";
import type { Graph, Tensor } from "../graph.ts";
import { add, cast, mul, sub, tanh } from "../ops/elementwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import { type Program, type Traced, type Tracer, trace } from "../program.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { tensor } from "./evaluate.ts";
import { type Item, moves } from "./random-moves.ts";

/** A program with all that it takes to run it. */
export interface RandomProgram {
  readonly program: Program;
  /** The same before the passes over the graph. */
  readonly untouched: Program;
  readonly feeds: Readonly<Record<string, TensorData>>;
  readonly state: Readonly<Record<string, TensorData>>;
}

export interface RandomProgramOptions {
  /** How many random ops (or small compositions) to chain. Default 16. */
  readonly length?: number;
  /** Whether tensors of dtype float16 may occur. Default true. */
  readonly float16?: boolean;
}

/** The inputs of a program in the making, with the values that they will have. */
export interface Inputs {
  /** A float32 feed of multiples of 1/64 in [−2, 2]. */
  fed(shape: Shape): Item;
  /** A float32 state, at first of odd multiples of 1/128 in [−2, 2], which equal no value that was fed. */
  kept(shape: Shape): Item;
  /** An int32 feed in [0, bound). */
  indices(shape: Shape, bound: number): Tensor;
}

/**
 * A random training step: a chain of ops on feeds and state, a loss, gradients, and updates of the state.
 *
 * It is correctly typed, and tame: magnitudes stay small, and whatever is discontinuous (comparisons, rounding) is
 * applied to exact values only, so that executors that round differently must still agree closely.
 */
export function randomProgram(random: Random, options: RandomProgramOptions = {}): RandomProgram {
  const feeds: Record<string, TensorData> = {};
  const state: Record<string, TensorData> = {};
  let recorded: { tracer: Tracer; traced: Traced } | undefined;
  const program = trace((tracer) => {
    const traced = randomStep(random, tracer, feeds, state, options);
    recorded = { tracer, traced };
    return traced;
  });
  const { tracer, traced } = recorded!;
  return { program, untouched: withoutPasses(program, tracer.graph, traced), feeds, state };
}

function randomStep(
  random: Random,
  tracer: Tracer,
  feeds: Record<string, TensorData>,
  state: Record<string, TensorData>,
  { length = 16, float16 = true }: RandomProgramOptions,
): Traced {
  const fed: Tensor[] = [];
  const kept = new Map<string, Tensor>();
  const values = (shape: Shape, draw: () => number) => Array.from({ length: sizeOf(shape) }, draw);
  const feed = (data: TensorData): Tensor => {
    const name = `x${fed.length}`;
    feeds[name] = data;
    fed.push(tracer.feed(name, data.dtype, data.shape));
    return fed.at(-1)!;
  };
  const inputs: Inputs = {
    fed(shape) {
      const data = values(shape, () => (random.nextInt(257) - 128) / 64);
      return { tensor: feed(tensor("float32", shape, data)), limit: 2, exact: true };
    },
    kept(shape) {
      const name = `s${kept.size}`;
      state[name] = tensor(
        "float32",
        shape,
        values(shape, () => (2 * random.nextInt(256) - 255) / 128),
      );
      const item = { tensor: tracer.state(name, "float32", shape), limit: 2.5, exact: false };
      kept.set(name, item.tensor);
      return item;
    },
    indices(shape, bound) {
      return feed(
        tensor(
          "int32",
          shape,
          values(shape, () => random.nextInt(bound)),
        ),
      );
    },
  };

  const pool: Item[] = [inputs.kept([2, 3]), inputs.fed([3, 4]), inputs.kept([2, 1, 3])];
  const others: Tensor[] = [];
  const available = Object.entries(moves).filter(([name]) => float16 || name !== "float16");
  while (pool.length < length + 3) {
    const [, move] = available[random.nextInt(available.length)]!;
    const { more = [], ...item } = move(pool[random.nextInt(pool.length)]!, { random, pool, ...inputs });
    pool.push(tame(item));
    others.push(...more);
  }

  const loss = pool
    .filter((_, i) => i === pool.length - 1 || random.nextInt(2) === 0)
    .map((item) => mean(item.tensor))
    .reduce((a, b) => add(a, b));
  const parameters = [...kept];
  const gradients = grad(
    loss,
    parameters.map(([, parameter]) => parameter),
  );
  const count = tracer.state("count", "int32", []);
  state.count = tensor("int32", [], [random.nextInt(1000)]);
  const updates: Record<string, Tensor> = { count: add(count, 1) };
  const outputs: Record<string, Tensor> = {
    loss,
    fed: fed.map((x) => sum(cast(x, "float32"))).reduce((a, b) => add(a, b)),
  };
  for (const [i, [name, parameter]] of parameters.entries()) {
    // Cut to (−1, 1), so that the state stays within its limit.
    updates[name] = sub(parameter, mul(tanh(gradients[i]!), 0.125));
    outputs[`gradient ${name}`] = gradients[i]!;
  }
  for (const [i, other] of others.entries()) outputs[`other ${i}`] = other;
  for (const [i, item] of pool.entries()) if (random.nextInt(2) === 0) outputs[`y${i}`] = item.tensor;
  return { updates, outputs };
}

/** The item, made smaller and fewer where it has grown. */
function tame({ tensor: x, limit, exact }: Item): Item {
  if (sizeOf(x.shape) > 200) {
    const axis = x.shape.indexOf(Math.max(...x.shape));
    return tame({ tensor: sum(x, axis), limit: limit * x.shape[axis]!, exact: false });
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
