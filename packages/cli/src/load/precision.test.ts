import { createReferenceExecutor, type FloatType } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { choosePrecision } from "./precision.ts";

const executorWith = (...precisions: FloatType[]) => ({ ...createReferenceExecutor(), precisions });
const everything = executorWith("float32", "bfloat16", "float16");

describe("choosePrecision()", () => {
  it("is fp32 if nothing is asked for, and what is asked for where the executor has it", () => {
    expect(choosePrecision({ precision: undefined }, everything)).toEqual({ name: "fp32", type: "float32" });
    expect(choosePrecision({ precision: "bf16" }, everything)).toEqual({ name: "bf16", type: "bfloat16" });
    expect(choosePrecision({ precision: "fp16" }, everything)).toEqual({ name: "fp16", type: "float16" });
    expect(choosePrecision({ precision: undefined, fp16: true }, everything).name).toBe("fp16");
  });

  it("is bf16 for fp16 where there is only that, and says so; --precision decides otherwise", () => {
    const executor = executorWith("float32", "bfloat16");
    expect(choosePrecision({ precision: undefined, fp16: true }, executor)).toEqual({
      name: "bf16",
      type: "bfloat16",
      note: "--fp16: reference on cpu has fp32 and bf16 only, so the run is in bf16",
    });
    expect(choosePrecision({ precision: "fp32", fp16: true }, executor).name).toBe("fp32");
    expect(() => choosePrecision({ precision: "fp16", fp16: true }, executor)).toThrow(
      expect.objectContaining({ code: "engine/precision", message: expect.stringMatching(/^--precision fp16: /) }),
    );
  });

  it.each([
    [{ precision: undefined, fp16: true }, "--fp16: reference on cpu has fp32 only; "],
    [{ precision: "bf16" }, "--precision bf16: reference on cpu has fp32 only; "],
  ] as const)("refuses %o where there is neither", (request, message) => {
    expect(() => choosePrecision(request, executorWith("float32"))).toThrow(message);
  });
});
