import { describe, expect, it } from "vitest";
import type { FloatType } from "../dtype.ts";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import { choosePrecision } from "./precision.ts";

const executorWith = (...precisions: FloatType[]) => ({ ...createReferenceExecutor(), precisions });
const everything = executorWith("float32", "bfloat16", "float16");

describe("choosePrecision()", () => {
  it("returns fp32 by default, else the requested precision if the executor has it", () => {
    expect(choosePrecision({}, everything)).toEqual({ name: "fp32", type: "float32" });
    expect(choosePrecision({ precision: "bf16" }, everything)).toEqual({ name: "bf16", type: "bfloat16" });
    expect(choosePrecision({ precision: "fp16" }, everything)).toEqual({ name: "fp16", type: "float16" });
    expect(choosePrecision({ fp16: true }, everything).name).toBe("fp16");
  });

  it('returns bf16 with a note for fp16 if the executor has only that, but not for precision: "fp16"', () => {
    const executor = executorWith("float32", "bfloat16");
    expect(choosePrecision({ fp16: true }, executor)).toEqual({
      name: "bf16",
      type: "bfloat16",
      note: "reference on cpu does not support fp16, only fp32, bf16: bf16 is used instead",
    });
    expect(choosePrecision({ precision: "fp32", fp16: true }, executor).name).toBe("fp32");
    expect(() => choosePrecision({ precision: "fp16", fp16: true }, executor)).toThrow(
      expect.objectContaining({
        code: "engine/precision",
        message: expect.stringMatching(/does not support fp16, .*: choose/),
      }),
    );
  });

  it.each([
    [{ fp16: true }, "reference on cpu does not support fp16, only fp32: choose"],
    [{ precision: "bf16" }, "reference on cpu does not support bf16, only fp32: choose"],
  ] as const)("rejects %o if the executor has neither", (request, message) => {
    expect(() => choosePrecision(request, executorWith("float32"))).toThrow(message);
  });
});
