import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkEngine } from "./executor.ts";

beforeEach(() => void vi.stubEnv("BERTIE_DEVICE", undefined));
afterEach(() => vi.unstubAllEnvs());

describe("checkEngine()", () => {
  it("takes what is asked for, of a GPU its number too", () => {
    expect(checkEngine({ engine: "auto", device: "auto" })).toEqual({ engine: "auto", device: "auto", gpu: undefined });
    expect(checkEngine({ engine: "tensorflow", device: "cuda:1" })).toMatchObject({ device: "cuda", gpu: 1 });
  });

  it.each([
    [{ engine: "reference", device: "webgpu" }, /--engine reference does not run on webgpu/],
    [{ engine: "onnx-web", device: "cuda" }, /--engine onnx-web does not run on cuda/],
    [{ engine: "tensorflow", device: "webgpu" }, /--engine tensorflow does not run on webgpu/],
    [{ engine: "auto", device: "webgpu", noCuda: true }, /--no-cuda asks for the CPU/],
    [{ engine: "auto", device: "cuda:1", noCuda: true }, /--no-cuda asks for the CPU and --device for cuda:1/],
  ] as const)("refuses %j in a line", (request, text) => {
    expect(() => checkEngine(request)).toThrow(text);
  });

  it("takes BERTIE_DEVICE for auto, where the engine runs there and --no-cuda is not given", () => {
    vi.stubEnv("BERTIE_DEVICE", "cuda:1");
    expect(checkEngine({ engine: "auto", device: "auto" })).toMatchObject({ device: "cuda", gpu: 1 });
    expect(checkEngine({ engine: "auto", device: "cpu" })).toMatchObject({ device: "cpu" });
    expect(checkEngine({ engine: "reference", device: "auto" })).toMatchObject({ device: "auto" });
    expect(checkEngine({ engine: "auto", device: "auto", noCuda: true })).toMatchObject({ device: "auto" });
    vi.stubEnv("BERTIE_DEVICE", "gpu");
    expect(() => checkEngine({ engine: "auto", device: "auto" })).toThrow(/^BERTIE_DEVICE gpu: give auto/);
  });
});
