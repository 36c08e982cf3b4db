import { Random } from "@bertie/common";
import { afterAll, describe, expect, it } from "vitest";
import { float32, scalar, type TensorData } from "../../dtype.ts";
import type { Executor } from "../../executor.ts";
import type { Tensor } from "../../graph.ts";
import { softmax } from "../../ops/composite.ts";
import { constant } from "../../ops/constant.ts";
import { add, cast, gelu, mul } from "../../ops/elementwise.ts";
import { broadcastTo, reshape } from "../../ops/layout.ts";
import { linear, matmul } from "../../ops/matmul.ts";
import { sum } from "../../ops/reduce.ts";
import { sizeOf } from "../../shape.ts";
import { testExecutor } from "../../testing/executor-suite.ts";
import { randomProgram } from "../../testing/random-graph.ts";
import { tensorflowAvailable } from "../../testing/tensorflow-available.ts";
import { type Tracer, trace } from "../../trace.ts";
import { createReferenceExecutor } from "../reference/reference-executor.ts";
import { loadRuntime } from "./runtime.node.ts";
import { createTensorflowExecutor } from "./tensorflow-executor.ts";

describe.skipIf(!tensorflowAvailable)(
  "the tensorflow executor (skipped unless npm run setup:native has been run)",
  async () => {
    if (!tensorflowAvailable) return;
    const tensorflow = await createTensorflowExecutor({ threads: 2 });
    afterAll(() => tensorflow.dispose());
    testExecutor(tensorflow);

    it("keeps state for programs that are compiled later, also with other shapes", async () => {
      const adding = (size: number) =>
        trace((t) => ({
          updates: {
            total: add(t.state("total", "float32", []), 1),
            [`seen${size}`]: broadcastTo(t.feed("x", "float32", [1]), [size]),
          },
        }));
      await tensorflow.write("total", { dtype: "float32", shape: [], data: Float32Array.of(1) });
      const x = float32(Float32Array.of(7));
      for (const size of [2, 3, 4]) {
        const compiled = await tensorflow.compile(adding(size));
        await compiled.run({ x });
        await compiled.run({ x });
        await compiled.dispose();
      }
      expect((await tensorflow.read("total")).data).toEqual(Float32Array.of(7));
      for (const size of [2, 3, 4])
        expect((await tensorflow.read(`seen${size}`)).data).toEqual(new Float32Array(size).fill(7));
    });

    it("alternates between programs for several shapes in one graph", async () => {
      const weights = float32(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
      const scoring = (rows: number) =>
        trace((t) => {
          const x = t.feed("x", "float32", [rows, 3]);
          const scores = linear(x, t.state("shared weights", "float32", [2, 3]), constant(t.graph, [1, 2]));
          return {
            updates: { "shared weights": mul(t.state("shared weights", "float32", [2, 3]), 2) },
            outputs: {
              mean: mul(sum(softmax(scores), 0), 1 / rows),
              moved: reshape(broadcastTo(x, [2, rows, 3]), [rows, 6]),
            },
          };
        });
      const reference = createReferenceExecutor();
      const sizes = [3, 1, 4];
      const pairs = [];
      for (const rows of sizes)
        pairs.push([await tensorflow.compile(scoring(rows)), await reference.compile(scoring(rows))] as const);
      for (const executor of [tensorflow, reference]) await executor.write("shared weights", weights);
      const random = new Random(5, "rows");
      for (const i of [0, 1, 2, 1, 0, 2]) {
        const data = Float32Array.from({ length: 3 * sizes[i]! }, () => random.nextNormal());
        const x = float32(data, [sizes[i]!, 3]);
        const [ours, theirs] = [await pairs[i]![0].run({ x }), await pairs[i]![1].run({ x })];
        for (const [name, { shape, data }] of Object.entries(theirs)) {
          expect(ours[name]!.shape).toEqual(shape);
          for (const [j, value] of data.entries()) expect(ours[name]!.data[j]).toBeCloseTo(value as number, 5);
        }
      }
      for (const [compiled] of pairs) await compiled.dispose();
    });

    it("does not alias variables that are set to the same tensor", async () => {
      const size = 1000;
      const sharing = trace((t) => {
        const sum = add(t.state("a", "float32", [size]), t.feed("by", "float32", []));
        return { updates: { a: sum, b: sum, zeros: broadcastTo(constant(t.graph, 0), [size]) } };
      });
      const growing = trace((t) => {
        const [b, zeros] = [t.state("b", "float32", [size]), t.state("zeros", "float32", [size])];
        return { updates: { b: mul(b, 2), zeros: add(zeros, b) }, outputs: { before: b } };
      });
      const [share, grow] = [await tensorflow.compile(sharing), await tensorflow.compile(growing)];
      await tensorflow.write("a", float32(new Float32Array(size)));
      for (let round = 1; round <= 3; round++) {
        await share.run({ by: scalar(1) });
        expect((await grow.run({})).before!.data).toEqual(new Float32Array(size).fill(round));
        const expected = { a: round, b: 2 * round, zeros: round };
        for (const [name, value] of Object.entries(expected))
          expect((await tensorflow.read(name)).data).toEqual(new Float32Array(size).fill(value));
      }
      await share.dispose();
      await grow.dispose();
    });

    it("leaks no tensors and models", async () => {
      const runtime = loadRuntime();
      const before = runtime.count();
      const executor = await createTensorflowExecutor();
      for (let seed = 0; seed < 3; seed++) {
        const { program, feeds, state } = randomProgram(new Random(seed, "leaks"));
        for (const [name, value] of Object.entries(state)) await executor.write(name, value);
        const compiled = await executor.compile(program);
        for (let run = 0; run < 3; run++) await compiled.run(feeds, { dropoutSeed: [1, run] });
        for (const name of program.updates.keys()) await executor.read(name);
        expect(runtime.count()).toEqual({ tensors: before.tensors, models: before.models + 1 });
      }
      await executor.dispose();
      expect(runtime.count()).toEqual(before);
    });

    for (const [precision, tolerance] of [
      ["float32", 1e-5],
      ["bfloat16", 2e-2],
    ] as const) {
      it(`agrees with the reference on a GELU between matmuls in ${precision}`, async () => {
        const random = new Random(1, "gelu");
        const normals = (shape: number[], scale?: number) => drawNormals(random, shape, scale);
        const build = (t: Tracer) => {
          const input = (name: string, shape: number[]) => t.feed(name, "float32", shape);
          const hidden = gelu(linear(input("x", [4, 3, 16]), input("v", [32, 16]), input("b", [32])));
          return { outputs: { y: linear(hidden, input("w", [8, 32]), input("c", [8])) } };
        };
        const weights = { v: normals([32, 16], 0.5), b: normals([32]), w: normals([8, 32], 0.2), c: normals([8]) };
        const feeds = { x: normals([4, 3, 16]), ...weights };
        expect(await errorOf(tensorflow, build, feeds, precision)).toBeLessThan(tolerance);
      });
    }

    it("agrees with the reference on a softmax between matmuls in bfloat16", async () => {
      const random = new Random(1, "softmax");
      const build = (t: Tracer) => {
        const input = (name: string, shape: number[]) => t.feed(name, "float32", shape);
        const scores = matmul(input("q", [2, 3, 128, 16]), input("k", [2, 3, 16, 128]));
        const weights = softmax(add(mul(scores, 0.5), input("mask", [2, 1, 1, 128])));
        return { outputs: { y: matmul(weights, input("v", [2, 3, 128, 16])) } };
      };
      const [q, k, v] = [
        [2, 3, 128, 16],
        [2, 3, 16, 128],
        [2, 3, 128, 16],
      ].map((shape) => drawNormals(random, shape));
      const mask = float32(
        Float32Array.from({ length: 256 }, (_, i) => (i % 128 < 100 ? 0 : -10000)),
        [2, 1, 1, 128],
      );
      const feeds = { q: q!, k: k!, v: v!, mask };
      expect(await errorOf(tensorflow, build, feeds, "bfloat16")).toBeLessThan(0.02);
    });

    it("rounds bfloat16 matmuls like the reference", async () => {
      const random = new Random(1, "bfloat16");
      const shape = [64, 64];
      const program = trace((t) => {
        const x = cast(t.feed("x", "float32", shape), "bfloat16");
        const y = cast(t.feed("y", "float32", shape), "bfloat16");
        return { outputs: { product: cast(matmul(x, y, { transposeB: true }), "float32"), rounded: x } };
      });
      const matrix = () =>
        float32(
          Float32Array.from({ length: 64 * 64 }, () => random.nextNormal()),
          shape,
        );
      const feeds = { x: matrix(), y: matrix() };
      const run = async (executor: typeof tensorflow) => (await executor.compile(program)).run(feeds);
      const [ours, reference] = [await run(tensorflow), await run(createReferenceExecutor())];
      expect(ours.rounded).toEqual(reference.rounded);
      // The executors add in different orders, so results may differ by one unit in the last of 8 bits.
      const error = ours.product!.data.map((value, i) => Math.abs(value - reference.product!.data[i]!));
      expect(Math.max(...error)).toBeLessThan(2 ** -8 * 64);
    });
  },
);

function drawNormals(random: Random, shape: readonly number[], scale = 1): TensorData {
  const values = Float32Array.from({ length: sizeOf(shape) }, () => scale * random.nextNormal());
  return float32(values, shape);
}

/** Returns the largest difference of the output y from the reference's in float32, relative to the largest value. */
async function errorOf(
  executor: Executor,
  build: (t: Tracer) => { readonly outputs: { readonly y: Tensor } },
  feeds: Readonly<Record<string, TensorData>>,
  precision: "float32" | "bfloat16",
): Promise<number> {
  const exact = (await (await createReferenceExecutor().compile(trace(build))).run(feeds)).y!;
  const ours = (await (await executor.compile(trace(build, { precision }))).run(feeds)).y!;
  const errors = ours.data.map((value, i) => Math.abs(value - exact.data[i]!));
  return Math.max(...errors) / Math.max(...exact.data.map(Math.abs));
}
