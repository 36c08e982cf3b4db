import { describe, expect, it } from "vitest";
import { readDevice } from "./device.ts";

describe("readDevice()", () => {
  it("parses a device and the index of a GPU", () => {
    expect(["auto", "cpu", "webgpu", "cuda", "cuda:0", "cuda:12"].map((text) => readDevice(text))).toEqual([
      { name: "auto" },
      { name: "cpu" },
      { name: "webgpu" },
      { name: "cuda" },
      { name: "cuda", gpu: 0 },
      { name: "cuda", gpu: 12 },
    ]);
  });

  it.each(["", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cpu:0", "webgpu:1"])(
    "rejects %j and names its source",
    (text) => {
      const message = `--device is "${text}". Expected auto, cpu, webgpu, cuda or cuda:N.`;
      expect(() => readDevice(text, "--device")).toThrow(expect.objectContaining({ code: "engine/device", message }));
    },
  );
});
