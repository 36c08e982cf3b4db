import { afterAll, describe, expect, it } from "vitest";
import type { TensorData } from "../../dtype.ts";
import { cast } from "../../ops/elementwise.ts";
import { testExecutor } from "../../testing/executor-suite.ts";
import { trace } from "../../trace.ts";
import { createOnnxExecutor } from "./onnx-executor.ts";

const onnx = await createOnnxExecutor({ device: "cpu", threads: 2 });
afterAll(() => onnx.dispose());

describe("the onnx executor", () => {
  testExecutor(onnx);

  it("rejects bfloat16 in programs and state, because ONNX Runtime has no kernels for it", async () => {
    const rejection = expect.objectContaining({
      code: "engine/precision",
      message: expect.stringContaining("bfloat16"),
    });
    const x: TensorData = { dtype: "bfloat16", shape: [1], data: Float32Array.of(1) };
    const casting = trace((t) => {
      const half = cast(t.feed("x", "float32", [1]), "bfloat16");
      return { outputs: { y: cast(half, "float32") } };
    });
    expect(onnx.precisions).toEqual(["float32"]);
    await expect(onnx.compile(casting)).rejects.toEqual(rejection);
    await expect(onnx.write("x", x)).rejects.toEqual(rejection);
  });
});
