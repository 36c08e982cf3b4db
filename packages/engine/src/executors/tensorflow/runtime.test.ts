import { tmpdir } from "node:os";
import { BertieError } from "@bertie/common";
import { afterEach, describe, expect, it, vi } from "vitest";
import { float32, type TensorData } from "../../dtype.ts";
import { tensorflowAvailable } from "../../testing/tensorflow-available.ts";
import { loadRuntime, visibleGpus } from "./runtime.node.ts";

afterEach(() => vi.unstubAllEnvs());

function errorOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

it("loadRuntime() reports in one line how to install TensorFlow if it is not installed", () => {
  vi.stubEnv("BERTIE_NATIVE", tmpdir());
  const error = errorOf(() => loadRuntime());
  expect(error).toBeInstanceOf(BertieError);
  expect(error).toMatchObject({
    code: "engine/unavailable",
    message: expect.stringMatching(/^.*npm run setup:native.*$/),
  });
});

it("visibleGpus() selects among the GPUs of CUDA_VISIBLE_DEVICES, and hides all GPUs for the CPU", () => {
  expect(visibleGpus("cuda", 1, undefined)).toBe("1");
  expect(visibleGpus("cuda", 1, "3, 5")).toBe("5");
  expect(visibleGpus("cpu", 0, "3")).toBe("-1");
  expect(errorOf(() => visibleGpus("cuda", 2, "3,5"))).toMatchObject({
    code: "engine/device",
    message:
      'GPU 2 does not exist: CUDA_VISIBLE_DEVICES="3,5" lists 2 GPUs, counted from 0. Choose another index, or change the variable.',
  });
});

it.each(["", "-1", " ", "-1,0"])("visibleGpus() finds no GPU if CUDA_VISIBLE_DEVICES is %j", (visible) => {
  expect(visibleGpus("auto", 0, visible)).toBe("-1");
  expect(errorOf(() => visibleGpus("cuda", 0, visible))).toMatchObject({
    code: "engine/device",
    message: expect.stringMatching(/lists 0 GPUs/),
  });
});

describe.skipIf(!tensorflowAvailable)("TensorFlow (skipped unless npm run setup:native has been run)", () => {
  const load = () => loadRuntime({ threads: 2 });

  it("is loaded once with a fixed number of threads, and does not change the environment", () => {
    vi.stubEnv("TF_NUM_INTRAOP_THREADS", undefined);
    const runtime = load();
    expect(runtime.version).toMatch(/^2\.\d+/);
    expect(loadRuntime()).toBe(runtime);
    expect(errorOf(() => loadRuntime({ threads: 1 }))).toMatchObject({ code: "engine/threads" });
    expect(process.env).not.toHaveProperty("TF_NUM_INTRAOP_THREADS");
  });

  it("reports in one line what to install if there is no GPU", () => {
    load();
    expect(errorOf(() => loadRuntime({ device: "cuda" }))).toMatchObject({
      code: "engine/device",
      message: expect.stringMatching(/^TensorFlow .* found no GPU\. Install NVIDIA's driver.*$/),
    });
  });

  it.each<TensorData>([
    { dtype: "float32", shape: [2, 2], data: Float32Array.of(1.5, -0, Infinity, 1e-38) },
    { dtype: "float16", shape: [3], data: Float32Array.of(1.5, -65504, 2 ** -24) },
    { dtype: "bfloat16", shape: [3], data: Float32Array.of(1.5, -(2 ** 127), 2 ** -126) },
    { dtype: "int32", shape: [], data: Int32Array.of(-2147483648) },
    { dtype: "bool", shape: [0, 3], data: new Uint8Array(0) },
    { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
  ])("returns fed $dtype values of shape $shape unchanged", (value) => {
    const runtime = load();
    for (const tensor of [runtime.feed(value), runtime.copy(value)]) {
      expect(tensor).toMatchObject({ dtype: value.dtype, shape: value.shape });
      expect(runtime.read(tensor)).toEqual(value);
      runtime.delete(tensor);
    }
    expect(runtime.count()).toEqual({ tensors: 0, models: 0 });
  });

  it("accepts values in double precision", () => {
    const runtime = load();
    const tensor = runtime.feed({ dtype: "float32", shape: [1], data: Float64Array.of(0.1) });
    expect(runtime.read(tensor)).toEqual(float32(Float32Array.of(0.1)));
    runtime.delete(tensor);
  });

  it("copy() copies arrays with any memory alignment", () => {
    const runtime = load();
    // TensorFlow shares the memory of arrays that start at a multiple of 64 bytes, as one of these does.
    for (let offset = 0; offset < 64; offset += 4) {
      const data = new Float32Array(new ArrayBuffer(128), offset, 2).fill(1);
      const tensor = runtime.copy(float32(data));
      data.fill(2);
      expect(runtime.read(tensor).data).toEqual(Float32Array.of(1, 1));
      runtime.delete(tensor);
    }
  });
});
