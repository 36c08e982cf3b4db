import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { engineRequest } from "./engine-request.ts";

beforeEach(() => void vi.stubEnv("BERTIE_DEVICE", undefined));
afterEach(() => vi.unstubAllEnvs());

const auto = { engine: "auto", device: "auto", threads: undefined } as const;

describe("engineRequest()", () => {
  it("selects the CPU with --no-cuda, and rejects --no-cuda with a GPU", () => {
    expect(engineRequest({ ...auto, noCuda: true })).toEqual({ ...auto, device: "cpu" });
    for (const device of ["webgpu", "cuda:1"]) {
      const message = `--no-cuda conflicts with --device ${device}. Omit one of the two.`;
      const fault = expect.objectContaining({ code: "engine/device", message });
      expect(() => engineRequest({ ...auto, device, noCuda: true })).toThrow(fault);
    }
  });

  it("replaces auto with BERTIE_DEVICE, unless --no-cuda is given", () => {
    expect(engineRequest(auto)).toEqual({ ...auto, autoDevice: "auto" });
    vi.stubEnv("BERTIE_DEVICE", "cuda:1");
    expect(engineRequest(auto)).toEqual({ ...auto, autoDevice: "cuda:1" });
    expect(engineRequest({ ...auto, device: "cpu" })).toEqual({ ...auto, device: "cpu" });
    expect(engineRequest({ ...auto, noCuda: true })).toEqual({ ...auto, device: "cpu" });
  });

  it("names the option or the variable with an invalid device", () => {
    expect(() => engineRequest({ ...auto, device: "gpu" })).toThrow(/^--device is "gpu"\. Expected auto, cpu/);
    vi.stubEnv("BERTIE_DEVICE", "gpu");
    expect(() => engineRequest(auto)).toThrow(/^BERTIE_DEVICE is "gpu"\. Expected auto, cpu/);
    expect(engineRequest({ ...auto, device: "cpu" })).toMatchObject({ device: "cpu" });
  });
});
