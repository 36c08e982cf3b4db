import { describe, expect, it } from "vitest";
import { secondsLeft, stepLine } from "./log-lines.ts";

describe("secondsLeft()", () => {
  it("extrapolates the average speed so far", () => {
    expect(secondsLeft({ step: 10, seconds: 5 }, 30)).toBe(10);
  });
});

describe("stepLine()", () => {
  it("formats step, epoch, loss, learning rate, speed and remaining time as one line", () => {
    const step = {
      step: 10,
      epoch: 0.5,
      batches: 10,
      loss: 0.69311,
      epochLoss: 0.7,
      learningRate: 5e-5,
      gradNorm: 1,
      examples: 32,
      examplesPerSecond: 58.3,
      seconds: 5,
    };
    expect(stepLine(step, 20)).toBe("step 10/20  epoch 0.50  loss 0.6931  lr 5.00e-5  58 examples/s  0:05 left");
  });
});
