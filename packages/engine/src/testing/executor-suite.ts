import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { float32, int32, scalar, type TensorData } from "../dtype.ts";
import type { Executor } from "../executor.ts";
import { findAdamUpdates } from "../executors/adam-updates.ts";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import type { Tensor } from "../graph.ts";
import { dropout } from "../ops/composite.ts";
import { add, cast, div, greater, mul, sqrt, square, sub } from "../ops/elementwise.ts";
import { sum } from "../ops/reduce.ts";
import { scatterAdd } from "../ops/rows.ts";
import { trace } from "../trace.ts";
import { compareExecutors } from "./compare-executors.ts";
import { randomProgram } from "./random-graph.ts";

/** Defines the tests that every executor must pass: it agrees with the reference executor and keeps state. */
export function testExecutor(executor: Executor): void {
  describe("an executor", () => {
    it("agrees with the reference on random training steps, including dropout and state", async () => {
      for (let seed = 0; seed < 60; seed++) {
        const { program, feeds, state } = randomProgram(new Random(seed, "executor"));
        await compareExecutors(createReferenceExecutor(), executor, program, feeds, state, 2e-5).catch(
          (cause: unknown) => {
            throw new Error(`seed ${seed}`, { cause });
          },
        );
      }
    }, 120_000);

    it("scatterAdd() adds up all rows with the same index when it uses several threads", async () => {
      const [rows, width, table] = [4096, 312, 1000];
      const program = trace((t) => {
        const indices = t.feed("indices", "int32", [rows]);
        return { outputs: { y: scatterAdd(indices, t.feed("x", "float32", [rows, width]), table) } };
      });
      const indices = Int32Array.from({ length: rows }, (_, i) => (i * 7) % 3);
      const feeds = { indices: int32(indices), x: float32(new Float32Array(rows * width).fill(1), [rows, width]) };
      const expected = new Float32Array(table * width);
      for (const index of indices) for (let j = 0; j < width; j++) expected[index * width + j]! += 1;
      const compiled = await executor.compile(program);
      for (let run = 0; run < 10; run++) {
        const { data } = (await compiled.run(feeds)).y!;
        expect(data.findIndex((value, i) => value !== expected[i])).toBe(-1);
      }
      await compiled.dispose();
    });

    it("applies Adam updates after all other nodes have read the old values", async () => {
      const size = 3000;
      const program = trace((t) => {
        const [p, m, v] = ["p", "m", "v"].map((name) => t.state(name, "float32", [size])) as [Tensor, Tensor, Tensor];
        const [gradient, rate] = [add(mul(p, p), t.feed("g", "float32", [size])), t.feed("rate", "float32", [])];
        const clip = div(1, add(sqrt(sum(square(gradient))), 1));
        const nextM = add(mul(m, 0.9), mul(gradient, mul(clip, 1 - 0.9)));
        const nextV = add(mul(v, 0.999), mul(square(gradient), mul(square(clip), 1 - 0.999)));
        const direction = add(div(nextM, add(sqrt(nextV), 1e-6)), mul(p, 0.01));
        return {
          updates: { p: sub(p, mul(direction, rate)), m: nextM, v: nextV, last: p },
          outputs: { p, m, twice: mul(v, 2), direction },
        };
      });
      expect(findAdamUpdates(program)).toHaveLength(1);
      const random = new Random(1, "adam");
      const values = (draw: () => number) => float32(Float32Array.from({ length: size }, draw));
      const state = { p: values(() => random.nextNormal()), m: values(() => 0), v: values(() => 0) };
      const feeds = { g: values(() => random.nextNormal()), rate: scalar(0.01) };
      await compareExecutors(createReferenceExecutor(), executor, program, feeds, state, 2e-5, 5);
    });

    it("returns the same bytes in every run", async () => {
      const { program, feeds, state } = randomProgram(new Random(5, "determinism"));
      const results: unknown[] = [];
      for (let run = 0; run < 3; run++) {
        for (const [name, value] of Object.entries(state)) await executor.write(name, value);
        const compiled = await executor.compile(program);
        results.push(await compiled.run(feeds, { dropoutSeed: [1, 1] }));
        await compiled.dispose();
      }
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    });
  });

  describe("state", () => {
    const counting = trace((t) => {
      const count = t.state("count", "float32", [2]);
      return { updates: { count: add(count, t.feed("by", "float32", [])) }, outputs: { before: count } };
    });

    it("is updated by each run and shared by all programs of the executor", async () => {
      const doubling = trace((t) => ({ updates: { count: mul(t.state("count", "float32", [2]), 2) } }));
      const [count, double] = [await executor.compile(counting), await executor.compile(doubling)];
      await executor.write("count", float32(Float32Array.of(1, 2)));
      expect((await count.run({ by: scalar(10) })).before!.data).toEqual(Float32Array.of(1, 2));
      await double.run({});
      expect((await count.run({ by: scalar(1) })).before!.data).toEqual(Float32Array.of(22, 24));
      expect((await executor.read("count")).data).toEqual(Float32Array.of(23, 25));
    });

    it("is copied when written and when read", async () => {
      const compiled = await executor.compile(counting);
      const written = Float32Array.of(1, 2);
      await executor.write("count", float32(written));
      written.fill(9);
      const read = await executor.read("count");
      read.data.fill(7);
      for (let run = 0; run < 3; run++) await compiled.run({ by: scalar(1) });
      expect((await executor.read("count")).data).toEqual(Float32Array.of(4, 5));
      expect(written).toEqual(Float32Array.of(9, 9));
      expect(read.data).toEqual(Float32Array.of(7, 7));
    });

    it("can be swapped between names, and written between runs", async () => {
      const swapping = trace((t) => {
        const [a, b] = [t.state("a", "float32", [1]), t.state("b", "float32", [1])];
        return { updates: { a: b, b: a } };
      });
      const compiled = await executor.compile(swapping);
      const values = async () => [(await executor.read("a")).data[0], (await executor.read("b")).data[0]];
      await executor.write("a", float32(Float32Array.of(1)));
      await executor.write("b", float32(Float32Array.of(2)));
      await compiled.run({});
      expect(await values()).toEqual([2, 1]);
      await executor.write("a", float32(Float32Array.of(5)));
      await compiled.run({});
      await compiled.run({});
      expect(await values()).toEqual([5, 1]);
    });

    it("keeps the dtypes int32 and bool", async () => {
      const program = trace((t) => {
        const n = t.state("n", "int32", [2]);
        return { updates: { n: add(n, 1), flags: greater(n, 5) } };
      });
      await executor.write("n", int32(Int32Array.of(5, 6)));
      await (await executor.compile(program)).run({});
      const flags: TensorData = { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) };
      expect(await executor.read("n")).toEqual(int32(Int32Array.of(6, 7)));
      expect(await executor.read("flags")).toEqual(flags);
    });

    it("is named in the error if it was never written", async () => {
      const program = trace((t) => ({ outputs: { y: sum(t.state("nowhere", "float32", [2])) } }));
      const compiled = await executor.compile(program);
      await expect(compiled.run({})).rejects.toThrow("state nowhere does not exist");
      await expect(executor.read("nowhere")).rejects.toThrow("state nowhere does not exist");
    });
  });

  describe("run()", () => {
    it("rejects feeds that are missing or differ from the trace, and dropout without a seed", async () => {
      const program = trace((t) => ({ outputs: { y: dropout(t.feed("x", "float32", [2]), 0.5) } }));
      const compiled = await executor.compile(program);
      const x = float32(Float32Array.of(1, 2));
      await expect(compiled.run({}, { dropoutSeed: [1, 1] })).rejects.toThrow("feed x is missing");
      await expect(compiled.run({ x: int32(Int32Array.of(1, 2)) })).rejects.toThrow("found int32[2]");
      await expect(compiled.run({ x: float32(Float32Array.of(1)) })).rejects.toThrow("found float32[1]");
      await expect(compiled.run({ x })).rejects.toThrow("dropoutSeed");
    });

    it("does not overwrite the outputs of the previous run", async () => {
      const program = trace((t) => ({ outputs: { y: add(t.feed("x", "float32", [1]), 1) } }));
      const compiled = await executor.compile(program);
      const first = await compiled.run({ x: float32(Float32Array.of(1)) });
      await compiled.run({ x: float32(Float32Array.of(5)) });
      expect(first.y!.data).toEqual(Float32Array.of(2));
    });

    it("rounds float16 constants to nearest even", async () => {
      const values = [1.00048828125, 1.00146484375, 65519, 65520, 2 ** -25, 2 ** -24 * 1.5, -0, 0.1];
      const program = trace((t) => {
        const x = cast(t.feed("x", "float32", [1]), "float16");
        return { outputs: Object.fromEntries(values.map((value, i) => [`y${i}`, cast(mul(x, value), "float32")])) };
      });
      const feeds = { x: float32(Float32Array.of(1)) };
      const run = async (executor: Executor) => {
        const outputs = await (await executor.compile(program)).run(feeds);
        return values.map((_, i) => outputs[`y${i}`]!.data[0]);
      };
      expect(await run(executor)).toEqual(await run(createReferenceExecutor()));
    });
  });
}
