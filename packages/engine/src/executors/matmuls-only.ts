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
 * Wraps an executor so that programs compute only their matrix multiplications, on made-up numbers, and return zeros: a lower
 * bound of the time that the engine takes for the whole program.
 */
export function matmulsOnly(executor: Executor): Executor {
  return {
    ...executor,
    async compile(program) {
      const products = extractMatmuls(program);
      for (const [name, operand] of products.state) await executor.write(name, madeUp(operand));
      const compiled = await executor.compile(products);
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
 * The products of a program, each of operands that no other of its kind has both of, so that all of them are computed; and as
 * output `first`, the sum of their first numbers.
 */
export function extractMatmuls(program: Program): Program {
  const kinds = new Map<string, Product[]>();
  for (const node of program.nodes.filter(isMatmul)) {
    const kind = JSON.stringify([node.inputs.map(({ shape, dtype }) => [shape, dtype]), node.attributes]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), node]);
  }
  return trace(({ state }) => {
    const operand = (side: string, number: number, { shape, dtype }: Tensor) =>
      state(`${side}${number} ${dtype}[${shape}]`, dtype, shape);
    const first = (x: Tensor) => cast(slice(reshape(x, [sizeOf(x.shape)]), 0, 0, 1), "float32");
    const products = [...kinds.values()].flatMap((nodes) => {
      // Of a few tensors on each side there are enough pairs.
      const side = Math.ceil(Math.sqrt(nodes.length));
      return nodes.map(({ inputs: [a, b], attributes }, i) =>
        first(matmul(operand("left", i % side, a!), operand("right", Math.floor(i / side), b!), attributes)),
      );
    });
    return { outputs: products.length === 0 ? {} : { first: products.reduce((sum, x) => add(sum, x)) } };
  });
}

type Product = Extract<Node, { op: "matmul" }>;

export function isMatmul(node: Node): node is Product {
  return node.op === "matmul";
}

/** Numbers around 0, as activations and gradients are: all zeros would take a processor less power, and less time. */
function madeUp({ shape, dtype }: Tensor): TensorData {
  return { shape, dtype, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919) % 2039) / 1019 - 1) };
}

function zerosLike({ shape, dtype }: Tensor): TensorData {
  return { shape, dtype, data: new Float32Array(sizeOf(shape)) };
}
