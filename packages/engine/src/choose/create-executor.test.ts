import { BertieError } from "@bertie/common";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createOnnxExecutor } from "../executors/onnx/onnx-executor.ts";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import { createCpuExecutor, createExecutor, type ExecutorRequest } from "./create-executor.ts";

const loadTensorflow = vi.hoisted(() => vi.fn());
// Without loadRuntime, the module is empty, as in browsers.
vi.mock("../executors/tensorflow/runtime.node.ts", () => ({
  get loadRuntime() {
    return loadTensorflow();
  },
}));
vi.mock("../executors/onnx/onnx-executor.ts");

beforeEach(() => {
  vi.mocked(createOnnxExecutor).mockImplementation(async ({ device = "cpu", runtime } = {}) => ({
    ...createReferenceExecutor(),
    engine: runtime === "web" ? "onnx-web" : "onnx",
    device,
  }));
});
afterEach(() => void vi.clearAllMocks());

const nameOf = async (request?: ExecutorRequest) => {
  const { engine, device } = await createExecutor(request);
  return `${engine} on ${device}`;
};

describe("createExecutor()", () => {
  it.each<[ExecutorRequest, string]>([
    [{ engine: "reference" }, "reference on cpu"],
    [{ engine: "onnx" }, "onnx on cpu"],
    [{ engine: "onnx", device: "cuda" }, "onnx on cuda"],
    [{ engine: "onnx-web" }, "onnx-web on cpu"],
    [{ device: "webgpu" }, "onnx on webgpu"],
  ])("does not load TensorFlow for %j", async (request, name) => {
    expect(await nameOf(request)).toBe(name);
    expect(loadTensorflow).not.toHaveBeenCalled();
  });

  it("uses ONNX Runtime for auto if TensorFlow cannot run, as in browsers", async () => {
    expect(await nameOf({ threads: 2, wasmPaths: "/wasm/", runtime: "web" })).toBe("onnx-web on cpu");
    expect(createOnnxExecutor).toHaveBeenCalledWith({ threads: 2, wasmPaths: "/wasm/", runtime: "web" });
    await expect(createExecutor({ engine: "tensorflow" })).rejects.toMatchObject({
      code: "engine/unavailable",
      message: expect.stringMatching(/does not run in browsers/),
    });
  });

  it.each<[ExecutorRequest, string]>([
    [{ inference: true, device: "cpu" }, "onnx on cpu"],
    [{ inference: "int8" }, "onnx on cpu"],
    [{ inference: "int8", engine: "onnx-web" }, "onnx-web on cpu"],
  ])("prefers ONNX Runtime to TensorFlow for %j", async (request, name) => {
    expect(await nameOf(request)).toBe(name);
    expect(loadTensorflow).not.toHaveBeenCalled();
  });

  it("looks for an NVIDIA GPU before it uses ONNX Runtime for inference", async () => {
    const noGpu = () => {
      throw new BertieError("engine/device", "no GPU");
    };
    loadTensorflow.mockReturnValueOnce(noGpu).mockReturnValueOnce(noGpu); // read once to check, once to call
    expect(await nameOf({ inference: true })).toBe("onnx on cpu");
    expect(loadTensorflow).toHaveBeenCalled();
  });

  it.each<ExecutorRequest>([
    { engine: "tensorflow" },
    { engine: "reference" },
    { engine: "onnx", device: "webgpu" },
    { device: "cuda" },
    { autoDevice: "webgpu" },
  ])("rejects int8 for %j, without loading anything", async (request) => {
    await expect(createExecutor({ ...request, inference: "int8" })).rejects.toMatchObject({
      code: "engine/precision",
      message: expect.stringMatching(
        /^int8 needs ONNX Runtime on a CPU, .*--engine onnx --device cpu.*--precision int8\.$/,
      ),
    });
    expect(createOnnxExecutor).not.toHaveBeenCalled();
    expect(loadTensorflow).not.toHaveBeenCalled();
  });

  it("passes the index of a GPU to the engine", async () => {
    await createExecutor({ device: "cuda:1" });
    expect(createOnnxExecutor).toHaveBeenCalledWith({ device: "cuda", gpu: 1 });
  });

  it("uses WebGPU for auto if it is measured to be faster, and logs the measurement", async () => {
    const log = vi.fn();
    const measureWebgpu = vi.fn(async () => ({ faster: true, text: "5 ms instead of 10 ms" }));
    expect(await nameOf({ measureWebgpu, log })).toBe("onnx on webgpu");
    expect(measureWebgpu.mock.calls).toEqual([[{ engine: "onnx", device: "cpu" }]]);
    expect(log.mock.calls).toEqual([["5 ms instead of 10 ms"]]);
  });

  it("stays on the CPU if WebGPU is slower or there is no GPU", async () => {
    const log = vi.fn();
    expect(await nameOf({ measureWebgpu: async () => ({ faster: false, text: "slower" }), log })).toBe("onnx on cpu");
    expect(await nameOf({ measureWebgpu: async () => undefined, log })).toBe("onnx on cpu");
    expect(log.mock.calls).toEqual([["slower"]]);
  });

  it("disposes of the executor on the CPU if the measurement fails", async () => {
    const onCpu = { ...createReferenceExecutor(), engine: "onnx", dispose: vi.fn(async () => {}) };
    vi.mocked(createOnnxExecutor).mockResolvedValueOnce(onCpu);
    const measureWebgpu = () => Promise.reject(new Error("lost"));
    await expect(createExecutor({ measureWebgpu })).rejects.toThrow("lost");
    expect(onCpu.dispose).toHaveBeenCalledOnce();
  });

  it.each<ExecutorRequest>([{ device: "cpu" }, { engine: "onnx" }, { autoDevice: "cpu" }])(
    "does not measure for %j",
    async (request) => {
      const measureWebgpu = vi.fn();
      expect(await nameOf({ ...request, measureWebgpu })).toBe("onnx on cpu");
      expect(measureWebgpu).not.toHaveBeenCalled();
    },
  );
});

it("createCpuExecutor() uses ONNX Runtime instead of TensorFlow, which supports one device per process", async () => {
  expect(await createCpuExecutor({ engine: "tensorflow", device: "cuda" })).toMatchObject({
    engine: "onnx",
    device: "cpu",
  });
  expect(await createCpuExecutor({ engine: "reference" })).toMatchObject({ engine: "reference", device: "cpu" });
});
