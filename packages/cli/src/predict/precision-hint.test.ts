import { describe, expect, it } from "vitest";
import { type FinishedPrediction, precisionHint } from "./precision-hint.ts";

const run: FinishedPrediction = { isChosen: false, precision: "fp32", engine: "onnx", device: "cpu", seconds: 31 };

describe("precisionHint()", () => {
  it("names int8 after a long run in fp32 on a CPU", () => {
    expect(precisionHint(run)).toMatch(/^hint: --precision int8 .*bertie bench inference/);
  });

  it.each([
    { isChosen: true },
    { precision: "int8" as const },
    { engine: "tensorflow" },
    { device: "webgpu" },
    { seconds: 29 },
  ])("is silent with %o", (changed) => {
    expect(precisionHint({ ...run, ...changed })).toBeUndefined();
  });
});
