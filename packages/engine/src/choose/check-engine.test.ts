import { describe, expect, it } from "vitest";
import { checkEngine, type EngineRequest } from "./check-engine.ts";

describe("checkEngine()", () => {
  it("returns the requested engine and device, by default auto, and the index of a GPU", () => {
    expect(checkEngine({})).toEqual({ engine: "auto", device: "auto", gpu: undefined });
    expect(checkEngine({ engine: "tensorflow", device: "cuda:1" })).toEqual({
      engine: "tensorflow",
      device: "cuda",
      gpu: 1,
    });
  });

  it.each<[EngineRequest, string]>([
    [
      { engine: "reference", device: "webgpu" },
      "engine reference does not run on webgpu (supported: auto, cpu). Choose",
    ],
    [{ engine: "onnx-web", device: "cuda" }, "engine onnx-web does not run on cuda "],
    [{ engine: "tensorflow", device: "webgpu" }, "engine tensorflow does not run on webgpu "],
    [{ device: "gpu" }, 'device is "gpu". Expected '],
  ])("rejects %j", (request, message) => {
    const fault = { code: "engine/device", message: expect.stringContaining(message) };
    expect(() => checkEngine(request)).toThrow(expect.objectContaining(fault));
  });

  it("uses autoDevice for auto if the engine runs on it", () => {
    const autoDevice = "cuda:1";
    expect(checkEngine({ autoDevice })).toMatchObject({ device: "cuda", gpu: 1 });
    expect(checkEngine({ device: "cpu", autoDevice })).toMatchObject({ device: "cpu", gpu: undefined });
    expect(checkEngine({ engine: "reference", autoDevice })).toMatchObject({ device: "auto", gpu: undefined });
    expect(() => checkEngine({ autoDevice: "gpu" })).toThrow(/^autoDevice is "gpu"\. Expected auto/);
  });
});
