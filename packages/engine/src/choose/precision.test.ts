import { describe, expect, it } from "vitest";
import type { FloatType } from "../dtype.ts";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import { choosePrecision } from "./precision.ts";

const executorWith = (...precisions: FloatType[]) => ({ ...createReferenceExecutor(), precisions });
const everything = executorWith("float32", "bfloat16", "float16");

describe("choosePrecision()", () => {
  it("returns fp32 by default, or the requested precision if the executor supports it", () => {
    expect(choosePrecision({}, everything)).toEqual({ name: "fp32", type: "float32" });
    expect(choosePrecision({ precision: "bf16" }, everything)).toEqual({ name: "bf16", type: "bfloat16" });
    expect(choosePrecision({ precision: "fp16" }, everything)).toEqual({ name: "fp16", type: "float16" });
    expect(choosePrecision({ fp16: true }, everything).name).toBe("fp16");
  });

  it('falls back from fp16 to bf16 with a note, but not for precision: "fp16"', () => {
    const executor = executorWith("float32", "bfloat16");
    expect(choosePrecision({ fp16: true }, executor)).toEqual({
      name: "bf16",
      type: "bfloat16",
      note: "reference on cpu does not support fp16 (supported: fp32, bf16), so bf16 is used instead.",
    });
    expect(choosePrecision({ precision: "fp32", fp16: true }, executor).name).toBe("fp32");
    expect(() => choosePrecision({ precision: "fp16", fp16: true }, executor)).toThrow(
      expect.objectContaining({
        code: "engine/precision",
        message: expect.stringMatching(/does not support fp16 .*\. Choose/),
      }),
    );
  });

  it.each([
    [{ fp16: true }, "reference on cpu does not support fp16 (supported: fp32). Choose"],
    [{ precision: "bf16" }, "reference on cpu does not support bf16 (supported: fp32). Choose"],
  ] as const)("rejects %o if the executor supports only fp32", (request, message) => {
    expect(() => choosePrecision(request, executorWith("float32"))).toThrow(message);
  });
});
