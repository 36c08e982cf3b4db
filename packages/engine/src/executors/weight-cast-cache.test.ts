import { describe, expect, it } from "vitest";
import { float32 } from "../dtype.ts";
import type { Executor } from "../executor.ts";
import { add, cast, mul } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { sum } from "../ops/reduce.ts";
import { tensorflowAvailable } from "../testing/tensorflow-available.ts";
import { type Tracer, trace } from "../trace.ts";
import { createReferenceExecutor } from "./reference/reference-executor.ts";
import { createTensorflowExecutor } from "./tensorflow/tensorflow-executor.ts";
import { cacheWeightCasts } from "./weight-cast-cache.ts";

const weights = (t: Tracer) => t.state("w", "float32", [2, 2]);
/** Returns a program with a matmul of `rows` rows and the weights, which are cast to bfloat16. */
const product = (rows: number) =>
  trace((t) => ({ outputs: { y: matmul(t.feed("x", "float32", [rows, 2]), weights(t)) } }), { precision: "bfloat16" });
const halving = trace((t) => ({ updates: { w: mul(weights(t), 0.5) }, outputs: { before: sum(weights(t)) } }));
// In bfloat16, these are rounded to 1, 2, 3 and 4.
const initial = float32(Float32Array.of(1.001, 2.001, 3.001, 4.001), [2, 2]);
const x = float32(Float32Array.of(1, 1), [1, 2]);

/** Returns an executor that records the updates and outputs of the programs that it runs, in order. */
function recording(executor: Executor): { readonly executor: Executor; readonly runs: string[] } {
  const runs: string[] = [];
  const compile: Executor["compile"] = async (program) => {
    const compiled = await executor.compile(program);
    const name = [...program.updates.keys(), ...program.outputs.keys()].join();
    return {
      ...compiled,
      run(...given) {
        runs.push(name);
        return compiled.run(...given);
      },
    };
  };
  return { executor: { ...executor, compile }, runs };
}

describe("cacheWeightCasts()", () => {
  it("casts state again only after a write or an update", async () => {
    const { executor: plain, runs } = recording(createReferenceExecutor());
    const executor = cacheWeightCasts(plain);
    await executor.write("w", initial);
    const [once, twice, halve] = [
      await executor.compile(product(1)),
      await executor.compile(product(2)),
      await executor.compile(halving),
    ];
    const both = float32(Float32Array.of(1, 1, 1, 1), [2, 2]);
    expect((await once.run({ x })).y!.data).toEqual(Float32Array.of(4, 6));
    expect((await twice.run({ x: both })).y!.data).toEqual(Float32Array.of(4, 6, 4, 6));
    expect(runs.splice(0)).toEqual(["w as bfloat16", "y", "y"]);

    await halve.run({});
    expect((await once.run({ x })).y!.data).toEqual(Float32Array.of(2, 3));
    await executor.write("w", initial);
    expect((await twice.run({ x: both })).y!.data).toEqual(Float32Array.of(4, 6, 4, 6));
    expect((await once.run({ x })).y!.data).toEqual(Float32Array.of(4, 6));
    expect(runs.splice(0)).toEqual(["w,before", "w as bfloat16", "y", "w as bfloat16", "y", "y"]);
  });

  it("caches casts of state that is scaled by a constant, and no unused casts", async () => {
    const { executor: plain, runs } = recording(createReferenceExecutor());
    const executor = cacheWeightCasts(plain);
    await executor.write("w", initial);
    const scaled = (rows: number) =>
      trace((t) => ({ outputs: { y: matmul(t.feed("x", "float32", [rows, 2]), mul(weights(t), 2)) } }), {
        precision: "bfloat16",
      });
    const compiled = await executor.compile(scaled(1));
    for (let run = 0; run < 2; run++) expect((await compiled.run({ x })).y!.data).toEqual(Float32Array.of(8, 12));
    const ofBoth = await executor.compile(product(1));
    expect((await ofBoth.run({ x })).y!.data).toEqual(Float32Array.of(4, 6));
    expect(runs).toEqual(["(w * 2) as bfloat16", "y", "y", "w as bfloat16", "y"]);
  });

  it("does not split programs that cast no state or update state", async () => {
    const { executor: plain, runs } = recording(createReferenceExecutor());
    const executor = cacheWeightCasts(plain);
    await executor.write("w", initial);
    const casting = trace((t) => ({
      updates: { w: add(weights(t), 1) },
      outputs: { y: cast(weights(t), "bfloat16"), total: sum(cast(cast(weights(t), "bfloat16"), "float32")) },
    }));
    const fed = trace((t) => ({ outputs: { y: cast(t.feed("x", "float32", [1, 2]), "int32") } }));
    expect((await (await executor.compile(casting)).run({})).total!.data).toEqual(Float32Array.of(10));
    expect((await (await executor.compile(fed)).run({ x })).y!.data).toEqual(Int32Array.of(1, 1));
    expect(runs).toEqual(["w,y,total", "y"]);
  });

  it.skipIf(!tensorflowAvailable)(
    "caches casts in TensorFlow (skipped unless npm run setup:native has been run)",
    async () => {
      const executor = await createTensorflowExecutor();
      await executor.write("w", initial);
      const once = await executor.compile(product(1));
      expect((await once.run({ x })).y!.data).toEqual(Float32Array.of(4, 6));
      const halve = await executor.compile(halving);
      for (const y of [Float32Array.of(2, 3), Float32Array.of(1, 1.5)]) {
        await halve.run({});
        expect((await once.run({ x })).y!.data).toEqual(y);
        await (await executor.compile(halving)).dispose();
      }
      const later = await executor.compile(product(1));
      expect((await later.run({ x })).y!.data).toEqual(Float32Array.of(1, 1.5));
      await executor.dispose();
    },
  );
});
