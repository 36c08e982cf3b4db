import { Random } from "@bertie/common";
import { createReferenceExecutor, grad, mul, type Program, sizeOf, slice, sum, trace } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { attention } from "./attention.ts";
import { bertConfigFromJson } from "./config.ts";

const [length, batch, hidden, heads] = [5, 3, 8, 2];
const config = bertConfigFromJson(
  JSON.stringify({
    vocab_size: 9,
    hidden_size: hidden,
    num_hidden_layers: 1,
    num_attention_heads: heads,
    intermediate_size: 8,
    max_position_embeddings: 9,
    attention_probs_dropout_prob: 0.3,
  }),
  "config.json",
);
const names = ["query", "key", "value"];
const parameters = names.flatMap((name) => [
  { name: `${name}.weight`, shape: [hidden, hidden] },
  { name: `${name}.bias`, shape: [hidden] },
]);

/**
 * Traces attention for the first `queries` tokens, and returns the results and gradients of the first `count` of them.
 */
function traceFirst(queries: number, count: number) {
  return trace(({ state }) => {
    const p = (name: string) => state(name, "float32", parameters.find((parameter) => parameter.name === name)!.shape);
    const all = state("all", "float32", [length, batch, hidden]);
    const mask = state("mask", "float32", [batch, 1, 1, length]);
    const context = attention(p, config, { x: slice(all, 0, 0, queries), all, mask }, false);
    const first = slice(context, 0, 0, count);
    const loss = sum(mul(first, state("weights", "float32", [count, batch, hidden])));
    const inputs = [...parameters.map(({ name }) => p(name)), all];
    const gradients = grad(loss, inputs);
    return {
      outputs: { first, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient])) },
    };
  });
}

async function firstOf(queries: number, count: number) {
  const program = traceFirst(queries, count);
  const executor = createReferenceExecutor({ precision: "float64" });
  for (const [name, { shape }] of program.state) {
    const random = new Random(1, name);
    const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.nextNormal());
    await executor.write(name, { dtype: "float32", shape, data });
  }
  const compiled = await executor.compile(program);
  return compiled.run({});
}

/** The number of multiplications in a program's matmuls. */
function multiplications({ nodes }: Program): number {
  const products = nodes.filter(({ op }) => op === "matmul");
  const sizes = products.map(({ inputs: [a], outputs: [y] }) => sizeOf(a!.shape) * y!.shape.at(-1)!);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The same number for multi-head attention: each matmul, and its gradients with respect to both operands. */
function multiHeadMultiplications(queries: number): number {
  const [projections, scores] = [(queries + 2 * length) * hidden * hidden, 2 * queries * length * hidden];
  return 3 * batch * (projections + scores);
}

describe("attention()", () => {
  it.each([1, 2, 3])("returns the same result and gradients for %i queries as for all queries", async (count) => {
    const [short, long] = [await firstOf(count, count), await firstOf(length, count)];
    for (const [name, { data }] of Object.entries(long))
      for (const [i, value] of data.entries()) expect(short[name]!.data[i]).toBeCloseTo(value as number, 12);
  });

  it.each([1, 2, 3, 4, 5])("uses the cheaper form for %i queries", (queries) => {
    const count = multiplications(traceFirst(queries, queries));
    if (queries <= 3) expect(count).toBeLessThan(multiHeadMultiplications(queries));
    else expect(count).toBe(multiHeadMultiplications(queries));
  });
});
