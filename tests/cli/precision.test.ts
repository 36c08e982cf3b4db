import { describe, expect, it, vi } from "vitest";
import { scratchDirectory } from "./bertie.ts";
import { createTraining, QUICKLY, readJson, stepsOf } from "./training.ts";

const { train } = createTraining(scratchDirectory());
const onReference = ["--engine", "reference", "--do-eval", ...QUICKLY];
vi.setConfig({ testTimeout: 60_000 });

describe("bertie train", () => {
  it("in bf16 and fp16 says so, records it, and goes the way of fp32, with a scaled loss in fp16 only", async () => {
    const single = await train("single", ...onReference);
    const half = await train("half", ...onReference, "--precision", "bf16");
    const scaled = await train("scaled", ...onReference, "--fp16", "--loss_scale", "64");
    for (const [{ run, stderr }, precision, lossScale] of [
      [single, "fp32", 1],
      [half, "bf16", 1],
      [scaled, "fp16", 64],
    ] as const) {
      expect(stderr).toContain(`precision: ${precision},`);
      expect(readJson(run, "run.json")).toMatchObject({ precision });
      const steps = stepsOf(run);
      expect(steps.map(({ loss_scale }) => loss_scale)).toEqual(steps.map(() => lossScale));
      const differences = steps.map(({ loss }, i) => Math.abs(loss! - stepsOf(single.run)[i]!.loss!));
      expect(Math.max(...differences)).toBeLessThan(0.05);
      expect(Math.max(...differences) > 0).toBe(precision !== "fp32");
    }
  });
});
