import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { createReferenceExecutor } from "./executors/reference/reference-executor.ts";
import type { Tensor } from "./graph.ts";
import { dropout, layerNorm } from "./ops/composite.ts";
import { constant } from "./ops/constant.ts";
import { add, cast, exp, mul, neg, sub, tanh } from "./ops/elementwise.ts";
import { reshape } from "./ops/layout.ts";
import { sum } from "./ops/reduce.ts";
import { dropDeadNodes, lastUses, shareCommonSubexpressions } from "./passes.ts";
import type { Program } from "./program.ts";
import { type RandomProgram, randomProgram } from "./testing/random-graph.ts";
import { trace } from "./trace.ts";

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

/** Returns the ops of a function of one feed after the passes. */
function opsOf(build: (x: Tensor) => readonly Tensor[]): string[] {
  const program = trace(({ feed }) => ({ outputs: Object.fromEntries(build(feed("x", "float32", [2, 3])).entries()) }));
  return program.nodes.map(({ op }) => op);
}

describe("shareCommonSubexpressions()", () => {
  it("merges equal nodes, and nodes that become equal as a result", () => {
    expect(opsOf((x) => [tanh(exp(x)), neg(tanh(exp(x)))])).toEqual(["feed", "exp", "tanh", "neg"]);
    expect(opsOf((x) => [add(mul(x, 2), mul(x, 2))])).toEqual(["feed", "constant", "mul", "add"]);
  });

  it("merges all outputs of a node", () => {
    const { outputs } = trace(({ feed }) => {
      const x = feed("x", "float32", [3]);
      layerNorm(x, x, x, 1);
      layerNorm(x, x, x, 1);
      const [first, second] = x.graph.nodes.slice(-2).map((node) => node.outputs[2]!);
      return { outputs: { first: first!, second: second! } };
    });
    expect(outputs.get("second")).toBe(outputs.get("first"));
  });

  it("does not merge nodes that differ in attributes, order of inputs, shape or dtype", () => {
    expect(opsOf((x) => [sum(x, 0), sum(x, 1)])).toEqual(["feed", "sum", "sum"]);
    expect(opsOf((x) => [sub(x, exp(x)), sub(exp(x), x)])).toEqual(["feed", "exp", "sub", "sub"]);
    expect(opsOf((x) => [reshape(x, [6]), reshape(x, [3, 2])])).toEqual(["feed", "reshape", "reshape"]);
    expect(opsOf((x) => [cast(x, "int32"), cast(x, "bool")])).toEqual(["feed", "cast", "cast"]);
  });

  it("does not merge constants that differ but have the same JSON", () => {
    const values = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(opsOf(({ graph }) => [...values, ...values].map((value) => constant(graph, value)))).toEqual(
      values.map(() => "constant"),
    );
  });

  it("does not merge the masks of two dropout() calls", () => {
    const ops = opsOf((x) => [dropout(x, 0.5), dropout(x, 0.5)]);
    expect(ops).toEqual(["feed", "dropoutMask", "mul", "dropoutMask", "mul"]);
  });
});

describe("dropDeadNodes()", () => {
  it("keeps only nodes that outputs and updates depend on", () => {
    const program = trace(({ feed, state }) => {
      const x = feed("x", "float32", []);
      const dead = tanh(add(feed("dead", "float32", []), x));
      neg(dead);
      return { updates: { w: add(state("w", "float32", []), 1) }, outputs: { y: exp(x) } };
    });
    expect(program.nodes.map(({ op }) => op)).toEqual(["feed", "state", "constant", "add", "exp"]);
    expect([...program.feeds.keys()]).toEqual(["x"]);
  });

  it("keeps a node if any of its outputs is needed", () => {
    const ops = opsOf((x) => {
      const row = sum(x, 0);
      layerNorm(x, row, row, 1);
      return [x.graph.nodes.at(-1)!.outputs[2]!];
    });
    expect(ops).toEqual(["feed", "sum", "layerNorm"]);
  });
});

describe("the passes", () => {
  it("do not change any bit of the results of random programs", async () => {
    for (const seed of seeds) {
      const random = randomProgram(new Random(seed, "passes"));
      expect(random.program.nodes.length).toBeLessThan(random.unoptimized.nodes.length);
      expect(await results(random.program, random)).toEqual(await results(random.unoptimized, random));
    }
  });

  it("are idempotent", () => {
    for (const seed of seeds) {
      const { program } = randomProgram(new Random(seed, "passes"));
      const again = dropDeadNodes(shareCommonSubexpressions(program));
      expect(again.nodes.map(({ outputs }) => outputs[0]!.id)).toEqual(
        program.nodes.map(({ outputs }) => outputs[0]!.id),
      );
    }
  });

  it("keep inputs before their uses", () => {
    for (const seed of seeds) {
      const known = new Set<number>();
      for (const { inputs, outputs } of randomProgram(new Random(seed, "passes")).program.nodes) {
        for (const { id } of inputs) expect(known).toContain(id);
        for (const { id } of outputs) known.add(id);
      }
    }
  });
});

describe("lastUses()", () => {
  it("returns the index of the last reader, of the producer if there is none, or past the end for results", () => {
    const program = trace(({ feed }) => {
      const x = feed("x", "float32", [2]);
      const a = exp(x);
      const b = add(a, x);
      layerNorm(b, a, a, 1);
      const y = x.graph.nodes.at(-1)!.outputs[1]!;
      return { updates: { b }, outputs: { y } };
    });
    const [feed, first, second, norm] = program.nodes.map(({ outputs }) => outputs.map(({ id }) => id));
    expect(lastUses(program)).toEqual(
      new Map([
        [feed![0], 2],
        [first![0], 3],
        [second![0], 4],
        [norm![0], 3],
        [norm![1], 4],
        [norm![2], 3],
      ]),
    );
  });

  it("covers every tensor of a random program, with an index that no reader exceeds", () => {
    for (const seed of seeds) {
      const { program } = randomProgram(new Random(seed, "passes"));
      const uses = lastUses(program);
      for (const [index, { inputs, outputs }] of program.nodes.entries())
        for (const { id } of [...inputs, ...outputs]) expect(uses.get(id)).toBeGreaterThanOrEqual(index);
    }
  });
});

async function results(program: Program, { feeds, state }: RandomProgram) {
  const executor = createReferenceExecutor();
  for (const [name, value] of Object.entries(state)) await executor.write(name, value);
  const outputs = await (await executor.compile(program)).run(feeds, { dropoutSeed: [1, 2] });
  const updates = await Promise.all([...program.updates.keys()].map(async (name) => [name, await executor.read(name)]));
  return { outputs, updates };
}
