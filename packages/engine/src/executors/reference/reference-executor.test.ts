import { describe, expect, it } from "vitest";
import { float32, int32, scalar, type TensorData } from "../../dtype.ts";
import { grad } from "../../grad.ts";
import { relu } from "../../ops/activations.ts";
import { crossEntropy, dropout } from "../../ops/composite.ts";
import { add, cast, mul, sub } from "../../ops/elementwise.ts";
import { linear, matmul } from "../../ops/matmul.ts";
import { mean, sum } from "../../ops/reduce.ts";
import type { Program } from "../../program.ts";
import { trace } from "../../trace.ts";
import { createReferenceExecutor } from "./reference-executor.ts";

/** Returns a step of stochastic gradient descent on a classifier with one hidden layer: [4, 2] → 8 → 2 classes. */
function mlpStep(): Program {
  return trace(({ feed, state }) => {
    const weights = [state("w1", "float32", [8, 2]), state("b1", "float32", [8])] as const;
    const head = [state("w2", "float32", [2, 8]), state("b2", "float32", [2])] as const;
    const hidden = relu(linear(feed("x", "float32", [4, 2]), ...weights));
    const loss = mean(crossEntropy(linear(hidden, ...head), feed("labels", "int32", [4])));
    const parameters = [...weights, ...head];
    const updated = grad(loss, parameters).map((slope, i) => sub(parameters[i]!, mul(slope, 0.5)));
    return { updates: { w1: updated[0]!, b1: updated[1]!, w2: updated[2]!, b2: updated[3]! }, outputs: { loss } };
  });
}

async function trainMlp(precision: "float32" | "float64", steps: number): Promise<number[]> {
  const executor = createReferenceExecutor({ precision });
  const waves = (n: number, phase: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(7 * i + phase));
  await executor.write("w1", float32(waves(16, 1), [8, 2]));
  await executor.write("b1", float32(waves(8, 2)));
  await executor.write("w2", float32(waves(16, 3), [2, 8]));
  await executor.write("b2", float32(waves(2, 4)));
  const step = await executor.compile(mlpStep());
  const xor = { x: float32(Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), [4, 2]), labels: int32(Int32Array.of(0, 1, 1, 0)) };
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push((await step.run(xor)).loss!.data[0]!);
  return losses;
}

describe("createReferenceExecutor()", () => {
  it("learns XOR in 50 steps of gradient descent, and both precisions agree", async () => {
    const single = await trainMlp("float32", 50);
    const double = await trainMlp("float64", 50);
    expect(single[0]).toBeGreaterThan(0.5);
    expect(single.at(-1)).toBeLessThan(0.1);
    for (const [i, loss] of single.entries()) expect(Math.abs(loss / double[i]! - 1)).toBeLessThan(1e-4);
    expect(double.some((loss) => loss !== Math.fround(loss))).toBe(true);
    expect(single.every((loss) => loss === Math.fround(loss))).toBe(true);
  });

  it("applies all updates together after the run", async () => {
    const executor = createReferenceExecutor();
    await executor.write("a", scalar(1));
    await executor.write("b", scalar(2));
    const swap = await executor.compile(
      trace(({ state }) => {
        const [a, b] = [state("a", "float32", []), state("b", "float32", [])];
        return { updates: { a: b, b: a }, outputs: { sum: add(a, b), a } };
      }),
    );
    expect(await swap.run({})).toEqual({ sum: scalar(3), a: scalar(1) });
    expect([await executor.read("a"), await executor.read("b")]).toEqual([scalar(2), scalar(1)]);
  });

  it("does not change the state in a run that fails", async () => {
    const executor = createReferenceExecutor();
    await executor.write("a", scalar(1));
    const program = trace(({ state, feed }) => ({
      updates: { a: add(state("a", "float32", []), 1), c: dropout(feed("x", "float32", [2]), 0.5) },
    }));
    const compiled = await executor.compile(program);
    await expect(compiled.run({ x: float32(Float32Array.of(1, 2)) })).rejects.toThrow("dropoutSeed");
    expect(await executor.read("a")).toEqual(scalar(1));
    await compiled.run({ x: float32(Float32Array.of(1, 2)) }, { dropoutSeed: [1, 1] });
    expect(await executor.read("a")).toEqual(scalar(2));
  });

  it.each(["float32", "float64"] as const)("shares no memory with its callers in %s", async (precision) => {
    const executor = createReferenceExecutor({ precision });
    const given = { x: float32(Float32Array.of(1, 2)), n: int32(Int32Array.of(3, 4)) };
    await executor.write("x before", given.x);
    await executor.write("n before", given.n);
    const keep = await executor.compile(
      trace(({ feed }) => {
        const [x, n] = [feed("x", "float32", [2]), feed("n", "int32", [2])];
        return { updates: { "x after": x, "n after": n }, outputs: { x, n } };
      }),
    );
    const { x, n } = await keep.run(given);
    for (const { data } of [given.x, given.n, x!, n!]) data.fill(9);
    for (const time of ["before", "after"])
      for (let reading = 0; reading < 2; reading++) {
        const [{ data: floats }, { data: ints }] = [await executor.read(`x ${time}`), await executor.read(`n ${time}`)];
        expect([...floats, ...ints]).toEqual([1, 2, 3, 4]);
        floats.fill(9);
        ints.fill(9);
      }
  });

  it("keeps state between programs, and frees it in dispose()", async () => {
    const executor = createReferenceExecutor();
    const make = await executor.compile(trace(({ feed }) => ({ updates: { n: feed("n", "int32", [2]) } })));
    const twice = await executor.compile(
      trace(({ state }) => {
        const n = state("n", "int32", [2]);
        return { outputs: { twice: add(n, n) } };
      }),
    );
    await make.run({ n: int32(Int32Array.of(3, -4)) });
    expect(await twice.run({})).toEqual({ twice: int32(Int32Array.of(6, -8)) });
    await executor.dispose();
    await expect(executor.read("n")).rejects.toThrow("state n does not exist");
    await expect(twice.run({})).rejects.toThrow("state n does not exist");
  });

  it("names the feed or state that is missing or has another type", async () => {
    const executor = createReferenceExecutor();
    const compiled = await executor.compile(
      trace(({ feed, state }) => ({ outputs: { y: add(feed("x", "float32", [2]), state("s", "float32", [2])) } })),
    );
    const x = float32(Float32Array.of(1, 2));
    await expect(compiled.run({ x })).rejects.toThrow("state s does not exist");
    await executor.write("s", float32(Float32Array.of(1, 2), [2, 1]));
    await expect(compiled.run({ x })).rejects.toThrow("state s: expected float32[2], found float32[2,1]");
    await executor.write("s", x);
    await expect(compiled.run({})).rejects.toThrow("feed x is missing");
    await expect(compiled.run({ x: int32(Int32Array.of(1, 2)) })).rejects.toThrow(
      "feed x: expected float32[2], found int32[2]",
    );
    await expect(compiled.run({ x: float32(Float32Array.of(1), [2]) })).rejects.toThrow(
      "length 2 for float32[2], found Float32Array of length 1",
    );
    await expect(executor.write("s", { ...x, dtype: "bool" })).rejects.toThrow(
      "state s: expected Uint8Array of length 2 for bool[2], found Float32Array of length 2",
    );
    expect((await compiled.run({ x, unused: x })).y!.data).toEqual(Float32Array.of(2, 4));
  });

  it.each([
    ["float16", [0.333251953125, 2048], [1.3330078125, 2048]],
    ["bfloat16", [0.333984375, 2048], [1.3359375, 2048]],
  ] as const)("rounds %s after every op in both precisions", async (dtype, rounded, plusOne) => {
    const program = trace(({ feed }) => {
      const x = cast(feed("x", "float32", [2]), dtype);
      return { outputs: { x, more: add(x, 1) } };
    });
    const feeds = { x: float32(Float32Array.of(1 / 3, 2049)) };
    for (const precision of ["float32", "float64"] as const) {
      const { x, more } = await (await createReferenceExecutor({ precision }).compile(program)).run(feeds);
      expect([...x!.data, ...more!.data]).toEqual([...rounded, ...plusOne]);
      expect(x!.data).toBeInstanceOf(precision === "float32" ? Float32Array : Float64Array);
    }
  });

  it("rounds float16 results once from double precision, and rounds float16 feeds and state", async () => {
    const executor = createReferenceExecutor();
    const type = { dtype: "float16", shape: [3] } as const;
    // The sum exceeds the midpoint of two float16 numbers by less than float32 can represent.
    const aboveTie = { ...type, data: Float32Array.of(1, 2 ** -11, 2 ** -24) };
    const program = trace(({ feed }) => {
      const x = feed("x", "float16", [3]);
      return { outputs: { x, total: sum(x) } };
    });
    const compiled = await executor.compile(program);
    expect((await compiled.run({ x: aboveTie })).total!.data).toEqual(Float32Array.of(1 + 2 ** -10));
    const fine = { ...type, data: Float32Array.of(1 / 3, 2049, 1e6) };
    const rounded = Float32Array.of(0.333251953125, 2048, Number.POSITIVE_INFINITY);
    expect((await compiled.run({ x: fine })).x!.data).toEqual(rounded);
    await executor.write("w", fine);
    expect((await executor.read("w")).data).toEqual(rounded);
  });

  it("rounds bfloat16 feeds and state, and rounds each element of a bfloat16 matmul once", async () => {
    const executor = createReferenceExecutor();
    const program = trace(({ feed, state }) => {
      const [a, b] = [feed("a", "bfloat16", [1, 3]), state("b", "bfloat16", [3, 1])];
      return { updates: { product: matmul(a, b) }, outputs: { a } };
    });
    const a: TensorData = { dtype: "bfloat16", shape: [1, 3], data: Float32Array.of(1, 1 / 3, 1e39) };
    await executor.write("b", { dtype: "bfloat16", shape: [3, 1], data: Float32Array.of(1, 2 ** -8, 2 ** -130) });
    const rounded = Float32Array.of(1, 0.333984375, Number.POSITIVE_INFINITY);
    const compiled = await executor.compile(program);
    expect((await compiled.run({ a })).a!.data).toEqual(rounded);
    await compiled.run({ a: { ...a, data: Float32Array.of(1, 1, 2 ** 120) } });
    // 1 + 2⁻⁸ would be a tie and round to even, but the additional 2⁻¹⁰ makes it round up.
    expect(await executor.read("product")).toEqual({
      dtype: "bfloat16",
      shape: [1, 1],
      data: Float32Array.of(1 + 2 ** -7),
    });
  });

  it("draws the same dropout masks for the same seed, and divides by 1 − rate", async () => {
    const program = trace(({ feed }) => ({ outputs: { y: dropout(feed("x", "float32", [100]), 0.2) } }));
    const compiled = await createReferenceExecutor().compile(program);
    const feeds = { x: float32(new Float32Array(100).fill(1)) };
    const draw = async (counter: number) => (await compiled.run(feeds, { dropoutSeed: [42, counter] })).y!.data;
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
    expect(new Set(await draw(1))).toEqual(new Set([0, 1.25]));
  });
});
