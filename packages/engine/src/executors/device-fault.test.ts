import { BertieError } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { deviceFault, namingDeviceFaults } from "./device-fault.ts";

describe("deviceFault()", () => {
  it.each([
    "OOM when allocating tensor with shape[32,12,512,512] and type float on /device:GPU:0 by allocator GPU_0_bfc",
    "bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 1073741824",
    "Error: Out of memory: vkAllocateMemory failed",
  ])("says what to lower where a device's memory is full: %s", (message) => {
    const fault = deviceFault(new Error(`${message}\n  at somewhere`));
    expect(fault).toBeInstanceOf(BertieError);
    expect(fault).toMatchObject({
      code: "engine/out-of-memory",
      message: expect.stringMatching(/^.*lower the batch size.*$/),
    });
  });

  it.each(["WebGPU device lost (2): vkQueueSubmit failed", "Failed: VK_ERROR_DEVICE_LOST"])(
    "says that a device is lost: %s",
    (message) => {
      expect(deviceFault(new Error(message))).toMatchObject({ code: "engine/device-lost" });
    },
  );

  it("leaves what is no fault of a device", () => {
    const error = new Error("state x was never written");
    expect(deviceFault(error)).toBe(error);
  });

  it("is what namingDeviceFaults() throws", () => {
    const work = () => {
      throw new Error("device lost");
    };
    expect(() => namingDeviceFaults(work)).toThrow(/the device was lost while it computed/);
  });
});
