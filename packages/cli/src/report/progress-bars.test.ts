import { describe, expect, it } from "vitest";
import { createProgressBars } from "./progress-bars.ts";

const step = {
  type: "step" as const,
  step: 3,
  epoch: 1.5,
  batches: 1,
  loss: 0.7,
  epochLoss: 0.65,
  learningRate: 5e-5,
  gradNorm: 1,
  examples: 32,
  examplesPerSecond: 58.3,
  seconds: 3,
};

function createBars() {
  let written = "";
  const stream = { columns: 100, isTTY: true, write: (text: string) => (written = text) };
  return { bars: createProgressBars(stream), last: () => written };
}

describe("createProgressBars()", () => {
  it("shows epochs with the remaining time, and iterations with loss and speed", () => {
    const { bars, last } = createBars();
    bars.show({ type: "train-start", steps: 4, epochs: 2, batchesPerEpoch: 2 });
    bars.show({ type: "epoch-start", epoch: 1, batches: 2 });
    bars.show(step);
    const [epochs, iterations] = last().split("\n");
    expect(epochs).toBe(`Epoch     ${"━".repeat(18)}${"╌".repeat(6)} 2/2  0:01 left`);
    expect(iterations).toBe(`Iteration ${"━".repeat(12)}${"╌".repeat(12)} 1/2  loss 0.6500  58 examples/s`);
  });

  it("shows the warmup of a GPU in the line of the iterations", () => {
    const { bars, last } = createBars();
    const warmUp = { type: "warm-up" as const, size: 8, length: 16, shape: 1, shapes: 2 };
    const text = (shape: number) => `warming up the GPU: batch shape ${shape} of 2 (8 × 16 tokens)`;
    bars.show({ type: "train-start", steps: 4, epochs: 2, batchesPerEpoch: 2 });
    bars.show({ type: "epoch-start", epoch: 0, batches: 2 });
    bars.show(warmUp);
    expect(last()).toBe(`Iteration ${"╌".repeat(24)} 0/2  ${text(1)}\n`);
    bars.show({ ...step, step: 1, epoch: 0.5 });
    bars.show({ ...warmUp, shape: 2 });
    const [epochs, iterations] = last().split("\n").slice(-3);
    expect(epochs).toMatch(/Epoch .* 1\/2/);
    expect(iterations).toBe(`Iteration ${"━".repeat(12)}${"╌".repeat(12)} 1/2  ${text(2)}`);
  });

  it("shows the batches of an evaluation", () => {
    const { bars, last } = createBars();
    bars.show({ type: "phase-start", phase: "evaluation", set: "dev", examples: 40, batchSize: 8, steps: 5 });
    expect(last()).toBe(`Evaluating dev ${"╌".repeat(24)} 0/5\n`);
    bars.show({ type: "eval-batch", set: "dev", batches: 5, examples: 40 });
    expect(last()).toMatch(new RegExp(`Evaluating dev ${"━".repeat(24)} 5/5\n$`));
  });

  it("erases the bars when training ends", () => {
    const { bars, last } = createBars();
    bars.show({ type: "train-start", steps: 4, epochs: 2, batchesPerEpoch: 2 });
    bars.show(step);
    bars.show({ type: "train-end", steps: 4, loss: 0.6, examples: 64, seconds: 4 });
    expect(last()).toMatch(/2F.*0J$/);
  });
});
