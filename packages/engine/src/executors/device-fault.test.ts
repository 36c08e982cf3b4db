import { BertieError } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { classifyDeviceFault, withDeviceFaults } from "./device-fault.ts";

describe("classifyDeviceFault()", () => {
  it.each([
    "OOM when allocating tensor with shape[32,12,512,512] and type float on /device:GPU:0 by allocator GPU_0_bfc",
    "bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 1073741824",
    "Error: Out of memory: vkAllocateMemory failed",
  ])("returns engine/out-of-memory with a remedy for %s", (message) => {
    const fault = classifyDeviceFault(new Error(`${message}\n  at somewhere`));
    expect(fault).toBeInstanceOf(BertieError);
    expect(fault).toMatchObject({
      code: "engine/out-of-memory",
      message: expect.stringMatching(/^.*Lower the batch size.*$/),
    });
  });

  it.each(["WebGPU device lost (2): vkQueueSubmit failed", "Failed: VK_ERROR_DEVICE_LOST"])(
    "returns engine/device-lost for %s",
    (message) => {
      expect(classifyDeviceFault(new Error(message))).toMatchObject({ code: "engine/device-lost" });
    },
  );

  it("does not classify other errors as device faults", () => {
    const error = new Error("state x does not exist");
    expect(classifyDeviceFault(error)).toBe(error);
  });

  it("converts the errors of withDeviceFaults()", () => {
    const work = () => {
      throw new Error("device lost");
    };
    expect(() => withDeviceFaults(work)).toThrow(/the device was lost during a run/);
  });
});
