import type { TensorData } from "../dtype.ts";
import type { Executor } from "../executor.ts";
import type { Node, Tensor } from "../graph.ts";
import { add, cast } from "../ops/elementwise.ts";
import { reshape, slice } from "../ops/layout.ts";
import { matmul } from "../ops/matmul.ts";
import type { Program } from "../program.ts";
import { sizeOf } from "../shape.ts";
import { trace } from "../trace.ts";

/**
 * Returns an executor whose programs compute only their matmuls, on synthetic data, and return zeros. The time of a run
 * is a lower bound of the time that the engine takes for the entire program.
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, exp, matmul, matmulsOnly, trace } from "@bertie/engine";
 *
 * const program = trace(({ feed }) => {
 *   const x = feed("x", "float32", [2, 2]);
 *   return { outputs: { y: exp(matmul(x, x)) } };
 * });
 * const compiled = await matmulsOnly(createReferenceExecutor()).compile(program);
 * const { y } = await compiled.run({}); // It needs no feeds.
 * console.log(y?.data); // Float32Array(4) [ 0, 0, 0, 0 ]
 * ```
 */
export function matmulsOnly(executor: Executor): Executor {
  return {
    ...executor,
    compileFrozen: undefined,
    async compile(program) {
      const matmuls = extractMatmuls(program);
      for (const [name, operand] of matmuls.state) await executor.write(name, syntheticData(operand));
      const compiled = await executor.compile(matmuls);
      const zeros = Object.fromEntries([...program.outputs].map(([name, output]) => [name, zerosLike(output)]));
      return {
        async run() {
          await compiled.run({});
          return zeros;
        },
        dispose: () => compiled.dispose(),
      };
    },
  };
}

/**
 * Returns a program that computes all matmuls of a program, with state as operands. Its output `first` is the sum of
 * the first elements of the results, so that every result is used. Matmuls of the same kind have distinct pairs of
 * operands, so that no two matmuls are merged.
 */
export function extractMatmuls(program: Program): Program {
  const kinds = new Map<string, Matmul[]>();
  for (const node of program.nodes.filter(isMatmul)) {
    const kind = JSON.stringify([node.inputs.map(({ shape, dtype }) => [shape, dtype]), node.attributes]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), node]);
  }
  return trace(({ state }) => {
    const operand = (side: string, index: number, { shape, dtype }: Tensor) =>
      state(`${side}${index} ${dtype}[${shape}]`, dtype, shape);
    const first = (x: Tensor) => cast(slice(reshape(x, [sizeOf(x.shape)]), 0, 0, 1), "float32");
    const results = [...kinds.values()].flatMap((nodes) => {
      // The square root of the number of matmuls is enough operands on each side for distinct pairs.
      const side = Math.ceil(Math.sqrt(nodes.length));
      return nodes.map(({ inputs: [a, b], attributes }, i) =>
        first(matmul(operand("left", i % side, a!), operand("right", Math.floor(i / side), b!), attributes)),
      );
    });
    return { outputs: results.length === 0 ? {} : { first: results.reduce((sum, x) => add(sum, x)) } };
  });
}

type Matmul = Extract<Node, { op: "matmul" }>;

/** Returns whether a node is a matmul. */
export function isMatmul(node: Node): node is Matmul {
  return node.op === "matmul";
}

/**
 * Returns numbers around 0, like activations and gradients. With zeros, a CPU would use less power and run faster.
 */
function syntheticData({ shape, dtype }: Tensor): TensorData {
  return { shape, dtype, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919) % 2039) / 1019 - 1) };
}

function zerosLike({ shape, dtype }: Tensor): TensorData {
  return { shape, dtype, data: new Float32Array(sizeOf(shape)) };
}
