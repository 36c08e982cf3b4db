import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { float32, scalar } from "../../dtype.ts";
import { dropout } from "../../ops/composite.ts";
import { add, cast } from "../../ops/elementwise.ts";
import { broadcastTo } from "../../ops/layout.ts";
import { matmul } from "../../ops/matmul.ts";
import { compareExecutors } from "../../testing/compare-executors.ts";
import { randomProgram } from "../../testing/random-graph.ts";
import { webgpuAvailable } from "../../testing/webgpu-available.ts";
import { trace } from "../../trace.ts";
import { createReferenceExecutor } from "../reference/reference-executor.ts";
import { createOnnxExecutor } from "./onnx-executor.ts";

if (!webgpuAvailable) console.warn("skipped: tests of webgpu. Set BERTIE_WEBGPU or VK_ICD_FILENAMES to run them.");

describe.skipIf(!webgpuAvailable)("the onnx executor on webgpu", () => {
  it("agrees with the reference on random training steps, with every node on the device", async () => {
    const onnx = await createOnnxExecutor({ device: "webgpu" });
    for (let seed = 0; seed < 20; seed++) {
      const { program, feeds, state } = randomProgram(new Random(seed, "onnx"), { float16: false });
      await compareExecutors(createReferenceExecutor(), onnx, program, feeds, state, 1e-4).catch((cause: unknown) => {
        throw new Error(`seed ${seed}`, { cause });
      });
    }
    await onnx.dispose();
  }, 300_000);

  it("computes the same dropout masks of all sizes as the host", async () => {
    const onnx = await createOnnxExecutor({ device: "webgpu" });
    const shapes = [[1], [7], [3, 5], [8, 4, 24, 24], [2, 3001]];
    const program = trace((t) => {
      const masks = shapes.map((shape, i) => dropout(broadcastTo(t.feed(`x${i}`, "float32", []), shape), 0.3));
      return { outputs: Object.fromEntries(masks.map((mask, i) => [`y${i}`, mask])) };
    });
    const feeds = Object.fromEntries(shapes.map((_, i) => [`x${i}`, scalar(1)]));
    const compiled = await onnx.compile(program);
    const oracle = await createReferenceExecutor().compile(program);
    for (const seed of [
      [42, 1],
      [42, 2],
      [-7, 123_456],
    ] as const)
      expect(await compiled.run(feeds, { dropoutSeed: seed })).toEqual(await oracle.run(feeds, { dropoutSeed: seed }));
    await onnx.dispose();
  }, 60_000);

  it("lists float16 in precisions if and only if programs with float16 run", async () => {
    const onnx = await createOnnxExecutor({ device: "webgpu" });
    const product = trace((t) => {
      const x = cast(t.feed("x", "float32", [2, 2]), "float16");
      return { outputs: { y: cast(matmul(x, x), "float32") } };
    });
    const square = async () => {
      const compiled = await onnx.compile(product);
      return (await compiled.run({ x: float32(Float32Array.of(1, 2, 3, 4), [2, 2]) })).y!.data;
    };
    if (onnx.precisions.includes("float16")) expect(await square()).toEqual(Float32Array.of(7, 10, 15, 22));
    else await expect(square()).rejects.toThrow("f16");
    await onnx.dispose();
  }, 60_000);

  it("reads and replaces state after the program that computed it is disposed of", async () => {
    const onnx = await createOnnxExecutor({ device: "webgpu" });
    const next = trace((t) => ({ updates: { x: add(t.state("x", "float32", [2]), 1) } }));
    await onnx.write("x", float32(Float32Array.of(1, 2)));
    for (let round = 0; round < 3; round++) {
      const compiled = await onnx.compile(next);
      await compiled.run({});
      await compiled.dispose();
    }
    expect((await onnx.read("x")).data).toEqual(Float32Array.of(4, 5));
    await onnx.write("x", float32(Float32Array.of(7)));
    expect((await onnx.read("x")).data).toEqual(Float32Array.of(7));
    await onnx.dispose();
  }, 60_000);
});
