import { Random } from "@bertie/common";
import { expect, it } from "vitest";
import { float32 } from "../../dtype.ts";
import { matmul, mul } from "../../index.ts";
import { trace } from "../../trace.ts";
import { createOnnxExecutor } from "./onnx-executor.ts";

it("compileFrozen() multiplies in 8 bits with an error of at most 2%, each row by itself", async () => {
  const executor = await createOnnxExecutor({ threads: 1 });
  const [rows, inner, columns] = [6, 64, 32];
  const random = new Random(1, "weights");
  const normal = (count: number) => Float32Array.from({ length: count }, () => random.nextNormal());
  const state = new Map([["w", float32(normal(columns * inner), [columns, inner])]]);
  const compile = async (quantized: boolean, factor: number) =>
    (await executor.compileFrozen!({
      ...{ dimensions: { size: 100 }, state, quantized },
      trace: ({ size }) =>
        trace(({ feed, state }) => {
          const weights = state("w", "float32", [columns, inner]);
          const scaled = factor === 1 ? weights : mul(weights, factor);
          return { outputs: { y: matmul(feed("x", "float32", [size!, inner]), scaled, { transposeB: true }) } };
        }),
    }))!;
  const x = float32(normal(rows * inner), [rows, inner]);
  for (const factor of [1, 0.25]) {
    const [exact, quantized] = [await compile(false, factor), await compile(true, factor)];
    const [expected, actual] = [(await exact.run({ x })).y!.data, (await quantized.run({ x })).y!.data];
    expect(actual).not.toEqual(expected);
    const norm = (values: Iterable<number>) => Math.hypot(...values);
    const error = norm(Array.from(expected, (value, i) => value - actual[i]!)) / norm(expected);
    expect(error).toBeLessThan(0.02);
    // Rows of other sizes, or of zeros, do not change a row.
    const large = Float32Array.from(x.data as Float32Array, (value, i) =>
      i < inner ? value : i < 2 * inner ? 0 : 1000 * value,
    );
    const others = (await quantized.run({ x: float32(large, [rows, inner]) })).y!.data;
    expect(others.slice(0, columns)).toEqual(actual.slice(0, columns));
    expect(others.slice(columns, 2 * columns)).toEqual(new Float32Array(columns));
    const alone = await quantized.run({ x: float32(large.slice(0, inner), [1, inner]) });
    expect(alone.y!.data).toEqual(actual.slice(0, columns));
  }
  await executor.dispose();
});
