import type { Batch } from "@bertie/common";
import { createOnnxExecutor, createReferenceExecutor, type Executor } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { nextLossScale } from "./loss-scale.ts";
import { createStepper, writeParameters } from "./stepper.ts";
import { distance, randomBatch, randomParameters, readState, tinyClassifier } from "./testing/tiny-classifier.ts";
import { type TrainEvent, train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

const classifier = tinyClassifier(0.2);
const batches = (count: number) => Array.from({ length: count }, (_, i) => randomBatch(i, 3));
/** Weight factor that makes some gradients larger than 2, so that they overflow float32 at a loss scale of 2¹²⁷. */
const steep = 4;

interface Setting {
  readonly executor?: Executor;
  /** Factor applied to the random weights. */
  readonly factor?: number;
}

/** Trains, and returns the events and the final parameters and moments. */
async function trainTiny(
  data: readonly Batch[],
  options: Partial<TrainOptions>,
  { executor = createReferenceExecutor(), factor = 1 }: Setting = {},
) {
  await writeScaledParameters(executor, factor);
  const events: TrainEvent[] = [];
  const all = { epochs: 1, learningRate: 0.05, seed: 1, schedule: "none", ...options } as const;
  const run = train(executor, classifier, { batchesPerEpoch: data.length, epoch: () => data }, all);
  for await (const event of run) events.push(event);
  return { events, state: await readState(options.optimizerExecutor ?? executor, classifier) };
}

async function writeScaledParameters(executor: Executor, factor: number): Promise<void> {
  const values = [...randomParameters(classifier)].map(([name, x]) => [name, x.map((one) => one * factor)] as const);
  await writeParameters(executor, classifier, new Map(values));
}

const lossesOf = (events: readonly TrainEvent[]) => events.flatMap((e) => (e.type === "step" ? [e.loss] : []));

describe("nextLossScale()", () => {
  it("halves the scale after an overflow only", () => {
    expect([nextLossScale(128, false), nextLossScale(128, true)]).toEqual([64, 128]);
  });
});

describe("loss scaling", () => {
  it.each([
    ["one micro-batch per step", {}],
    ["two micro-batches per step", { accumulation: 2 }],
    ["a separate optimizer executor", { accumulation: 2, optimizerExecutor: createReferenceExecutor() }],
  ])("changes neither weights nor reported losses and norms: %s", async (_, options) => {
    const plain = await trainTiny(batches(5), options);
    const scaled = await trainTiny(batches(5), { ...options, lossScale: 128 });
    expect(distance(scaled.state, plain.state)).toBeLessThan(1e-6);
    expect(scaled.events).toHaveLength(plain.events.length);
    for (const [i, event] of scaled.events.entries()) {
      const other = plain.events[i]!;
      if (event.type !== "step" || other.type !== "step") continue;
      expect(event.lossScale).toBe(128);
      expect(other).not.toHaveProperty("lossScale");
      expect(event.loss).toBeCloseTo(other.loss, 6);
      expect(event.gradNorm).toBeCloseTo(other.gradNorm, 5);
    }
  });

  it.each([
    ["reference", "one micro-batch per step", () => createReferenceExecutor(), 1],
    ["reference", "two micro-batches per step", () => createReferenceExecutor(), 2],
    ["onnx", "one micro-batch per step", () => createOnnxExecutor({ threads: 1 }), 1],
    ["onnx", "two micro-batches per step", () => createOnnxExecutor({ threads: 1 }), 2],
  ] as const)("does not change parameters or moments if a step overflows: %s, %s", async (...row) => {
    const [, , create, count] = row;
    const executor = await create();
    await writeScaledParameters(executor, steep);
    const stepper = await createStepper(executor, classifier, { seed: 1, scaledLoss: true });
    const step = (lossScale: number) =>
      stepper.step({ batches: batches(count), learningRate: 0.05, lossScale, seen: 0 });
    expect((await step(128)).finite).toBe(true); // This step makes the moments nonzero.
    const before = await readState(executor, classifier);
    const skipped = await step(2 ** 127);
    expect(skipped.finite).toBe(false);
    expect(skipped.losses.every(Number.isFinite)).toBe(true);
    expect(await readState(executor, classifier)).toEqual(before);
    expect((await step(128)).finite).toBe(true);
    expect(await readState(executor, classifier)).not.toEqual(before);
    await stepper.dispose();
    await executor.dispose();
  });

  it.each([
    ["one micro-batch per step", {}],
    ["two micro-batches per step", { accumulation: 2 }],
    ["a separate optimizer executor", { accumulation: 2, optimizerExecutor: createReferenceExecutor() }],
  ])("skips steps that overflow, without any effect on later steps: %s", async (_, options) => {
    const data = batches(12);
    const settings = { ...options, schedule: "warmup_linear", scheduleSteps: 20, warmup: 0.1 } as const;
    const { events, state } = await trainTiny(data, { ...settings, lossScale: 2 ** 127 }, { factor: steep });

    // Skipped micro-batches count as seen, but only updates count as steps, including for the schedule.
    const executor = createReferenceExecutor();
    await writeScaledParameters(executor, steep);
    const stepper = await createStepper(executor, classifier, { seed: 1 });
    let [seen, steps, lossScale] = [0, 0, 2 ** 127];
    for (const event of events) {
      if (event.type === "step-skipped") {
        lossScale /= 2;
        seen = event.batches;
        expect(event.lossScale).toBe(lossScale);
      } else if (event.type === "step") {
        const { learningRate } = event;
        const group = data.slice(seen, event.batches);
        await stepper.step({ batches: group, learningRate, lossScale: 1, seen });
        seen = event.batches;
        expect(event).toMatchObject({ step: ++steps, lossScale });
        expect(learningRate).toBeCloseTo(steps <= 2 ? (steps - 1) * 0.025 : (0.05 * (21 - steps)) / 18, 12);
      }
    }
    expect(seen).toBe(12);
    expect(steps).toBeGreaterThan(1);
    expect(lossScale).toBeLessThan(2 ** 127);
    expect(events.at(-1)).toMatchObject({ type: "train-end", steps, examples: 36 });
    expect(distance(state, await readState(executor, classifier))).toBeLessThan(1e-5);
  });
});

describe("16-bit matrix multiplications", () => {
  it.each([
    ["float16", 0.01, 128],
    ["bfloat16", 0.05, undefined],
  ] as const)("in %s train like float32, and leave parameters and moments in float32", async (...row) => {
    const [precision, tolerance, lossScale] = row;
    const options = { epochs: 3, accumulation: 2, ...(lossScale && { lossScale }), learningRate: 0.01 };
    const single = await trainTiny(batches(5), options);
    const half = await trainTiny(batches(5), { ...options, precision });
    const [halfLosses, singleLosses] = [lossesOf(half.events), lossesOf(single.events)];
    expect(halfLosses).toHaveLength(9);
    for (const [i, loss] of halfLosses.entries()) expect(Math.abs(loss - singleLosses[i]!)).toBeLessThan(tolerance);
    expect(halfLosses).not.toEqual(singleLosses);
    for (const [name, values] of half.state) {
      const moved = values.filter((value) => value !== 0);
      expect([name, moved.filter(isHalf).length <= moved.length / 8]).toEqual([name, true]);
    }
  });

  it("skip a step whose gradients overflow in float16 but not in float32", async () => {
    const skipsOf = async (precision: "float16" | "float32") => {
      const { events } = await trainTiny(batches(4), { precision, lossScale: 2 ** 20 }, { factor: steep });
      return events.filter(({ type }) => type === "step-skipped").length;
    };
    expect(await skipsOf("float16")).toBeGreaterThan(0);
    expect(await skipsOf("float32")).toBe(0);
  });
});

/** Returns whether a float32 value fits into the 11 significant bits of a float16. */
function isHalf(value: number): boolean {
  return (new Uint32Array(Float32Array.of(value).buffer)[0]! & 0x1fff) === 0;
}
