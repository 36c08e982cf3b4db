import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { bertie, scratchDirectory } from "./bertie.ts";
import { createTraining, QUICKLY, readJson, stepsOf } from "./training.ts";

const scratch = scratchDirectory();
const { train, options } = createTraining(scratch);
const onReference = ["--engine", "reference", "--do-eval", ...QUICKLY];
vi.setConfig({ testTimeout: 60_000 });

describe("bertie train", () => {
  it("in bf16 and fp16 logs and records the precision, follows fp32, and scales the loss only in fp16", async () => {
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

  it("in fp16 halves the loss scale after a gradient overflow, skips and logs the step, and continues", async () => {
    // 2²⁰ times a loss of about 1 overflows float16.
    const { run, stderr } = await train("overflow", ...onReference, "--fp16", "--loss-scale", `${2 ** 20}`);
    const skipped = [...stderr.matchAll(/gradient overflow: step skipped, loss scale now ([\d.]+)/g)];
    const scales = skipped.map(([, scale]) => Number(scale));
    expect(scales.length).toBeGreaterThan(0);
    expect(scales).toEqual(scales.map((_, i) => 2 ** (19 - i)));
    const steps = stepsOf(run);
    expect(steps.length).toBeGreaterThan(0);
    expect(new Set(steps.map(({ loss_scale }) => loss_scale))).toContain(scales.at(-1));
  });

  it("in fp16 fails with a remedy if gradients overflow at the minimum loss scale", async () => {
    const rate = ["--learning-rate", "1e30", "--warmup-proportion", "0", "--num-train-epochs", "30"];
    const run = ["--output-dir", join(scratch, "floor"), "--engine", "reference", "--fp16", "--loss-scale", "1"];
    const { code, stderr } = await bertie(["train", ...options, ...run, ...rate]);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^bertie: .*Lower the learning rate/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });
});
