import type { Batch } from "@bertie/common";
import { createReferenceExecutor, type Executor, float32 } from "@bertie/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStepper } from "./stepper.ts";
import {
  classes,
  countingExecutor,
  distance,
  randomBatch,
  readState,
  tinyClassifier,
  withParameters,
} from "./testing/tiny-classifier.ts";
import { type TrainEvent, train } from "./train.ts";
import { countSteps, type TrainingData, type TrainOptions } from "./train-options.ts";

const batchesOf = (...sizes: number[]) => sizes.map((size, i) => randomBatch(i, size));

const fixed = (batches: readonly Batch[]): TrainingData => ({
  batchesPerEpoch: batches.length,
  epoch: () => batches,
});

interface Setting {
  readonly rate?: number;
  readonly executor?: Executor;
}

/** Trains a tiny classifier, and returns the events, the result and the final state. */
async function trainTiny(
  data: TrainingData,
  options: Partial<TrainOptions> = {},
  { rate = 0, executor = createReferenceExecutor() }: Setting = {},
) {
  const classifier = tinyClassifier(rate);
  await withParameters(executor, classifier);
  const run = train(executor, classifier, data, { epochs: 1, learningRate: 0.05, seed: 1, ...options });
  const events: TrainEvent[] = [];
  for (let next = await run.next(); ; next = await run.next()) {
    if (next.done) return { events, result: next.value, state: await readState(executor, classifier) };
    events.push(next.value);
  }
}

const stepsOf = (events: readonly TrainEvent[]) => events.filter((event) => event.type === "step");

describe("train() events", () => {
  it("are yielded in order", async () => {
    const { events, result } = await trainTiny(fixed(batchesOf(2, 2, 2, 2, 1)), { epochs: 1.5, accumulation: 2 });
    expect(
      events.map((event) => (event.type === "step" ? `${event.type} ${event.step} ${event.batches}` : event.type)),
    ).toEqual([
      "train-start",
      "epoch-start",
      ...["step 1 2", "step 2 4", "step 3 5"],
      "epoch-end",
      "epoch-start",
      ...["step 4 2", "step 5 4"],
      "epoch-end",
      "train-end",
    ]);
    expect(events[0]).toEqual({ type: "train-start", steps: 5, epochs: 1.5, batchesPerEpoch: 5 });
    expect(events.filter(({ type }) => type === "epoch-start")).toEqual([
      { type: "epoch-start", epoch: 0, batches: 5 },
      { type: "epoch-start", epoch: 1, batches: 4 },
    ]);
    const steps = stepsOf(events);
    expect(steps.map(({ epoch }) => epoch)).toEqual([0.4, 0.8, 1, 1.4, 1.8]);
    expect(steps.map(({ examples }) => examples)).toEqual([4, 4, 1, 4, 4]);
    expect(result).toMatchObject({ steps: 5, examples: 17, loss: steps.at(-1)!.epochLoss });
    expect(events.at(-1)).toEqual({ type: "train-end", ...result });
    const seconds = [...steps.map(({ seconds }) => seconds), result.seconds];
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    for (const { examplesPerSecond } of steps) expect(examplesPerSecond).toBeGreaterThan(0);
  });

  it("include a warm-up before the first step of each shape, only on a GPU", async () => {
    const batches = [...batchesOf(2, 2, 1), ...batchesOf(2)];
    const data = { ...fixed(batches), shapes: batchesOf(2, 1) };
    const steps = ["step", "step", "step", "step"];
    const typesOn = async (executor: Executor, options: Partial<TrainOptions> = {}) => {
      const { events } = await trainTiny(data, options, { executor });
      return { types: events.map(({ type }) => type).slice(2, -2), events };
    };
    expect((await typesOn(createReferenceExecutor())).types).toEqual(steps);
    const gpu = () => ({ ...createReferenceExecutor(), device: "webgpu" });
    const { types, events } = await typesOn(gpu());
    expect(types).toEqual(["warm-up", "step", "step", "warm-up", "step", "step"]);
    const { length } = batches[0]!;
    expect(events.filter(({ type }) => type === "warm-up")).toEqual([
      { type: "warm-up", size: 2, length, shape: 1, shapes: 2 },
      { type: "warm-up", size: 1, length, shape: 2, shapes: 2 },
    ]);
    expect((await typesOn(gpu(), { accumulation: 2 })).types).toEqual(["warm-up", "step", "warm-up", "step"]);
  });

  it("average losses over the examples of the step and the epoch, not over batches", async () => {
    const batches = batchesOf(4, 1, 2);
    const options = { learningRate: 0, epochs: 2 };
    const single = (await trainTiny(fixed(batches), options)).events;
    const [a, b, c] = stepsOf(single).map(({ loss }) => loss) as [number, number, number];
    expect(stepsOf(single)[2]!.epochLoss).toBeCloseTo((4 * a + b + 2 * c) / 7, 12);
    const { events, result } = await trainTiny(fixed(batches), { ...options, accumulation: 2 });
    expect(stepsOf(events).map(({ loss }) => loss)).toEqual([(4 * a + b) / 5, c, (4 * a + b) / 5, c]);
    expect(result.loss).toBeCloseTo((4 * a + b + 2 * c) / 7, 12);
    const ends = events.filter((event) => event.type === "epoch-end");
    expect(ends.map(({ loss }) => loss)).toEqual([result.loss, result.loss]);
  });

  it("include the scheduled learning rate of each step", async () => {
    const data = fixed(batchesOf(2, 2, 2, 2));
    const rates = async (options: Partial<TrainOptions>) =>
      stepsOf((await trainTiny(data, { learningRate: 1, ...options })).events).map(({ learningRate }) => learningRate);
    expect(await rates({ warmup: 0.5 })).toEqual([0, 0.5, 1, 0.5]);
    expect(await rates({ epochs: 2, accumulation: 2 })).toEqual([1, 0.75, 0.5, 0.25]);
    expect(await rates({ maxSteps: 2 })).toEqual([1, 0.5]);
    expect(await rates({ scheduleSteps: 2 })).toEqual([1, 0.5, 0, 0]);
    expect(await rates({ scheduleSteps: -1, warmup: 0.5 })).toEqual([1, 1, 1, 1]);
    expect(await rates({ schedule: "warmup_constant", warmup: 0.25 })).toEqual([0, 1, 1, 1]);
  });

  it("are followed by the disposal of all programs, even if the caller stops early", async () => {
    const data = fixed(batchesOf(2, 3, 2));
    const executor = countingExecutor(createReferenceExecutor());
    await trainTiny(data, {}, { executor });
    expect(executor.open()).toBe(0);

    const classifier = tinyClassifier();
    let open = 0;
    for await (const event of train(executor, classifier, data, { epochs: 9, learningRate: 0.1, seed: 1 }))
      if (event.type === "step" && event.step === 2) {
        open = executor.open();
        break;
      }
    expect([open, executor.open()]).toEqual([2, 0]);
  });
});

describe("countSteps()", () => {
  it.each([
    [{ epochs: 3 }, 10, 30],
    [{ epochs: 3, accumulation: 4 }, 10, 9],
    [{ epochs: 0.5 }, 10, 5],
    [{ epochs: 0.5 }, 5, 3],
    [{ epochs: 1.5, accumulation: 2 }, 5, 5],
    [{ epochs: 0.01 }, 5, 1],
    [{ epochs: 1e-15 }, 5, 1],
    [{ epochs: 0.07 }, 100, 7],
    [{ epochs: 0.1 + 0.2 }, 10, 3],
    [{ epochs: 3, maxSteps: 7 }, 10, 7],
    [{ epochs: 3, maxSteps: 70 }, 10, 30],
    [{ epochs: 1, accumulation: 100 }, 3, 1],
    [{ epochs: 3 }, 0, 0],
  ])("with %o and %d batches returns %d", (options, batches, steps) => {
    expect(countSteps(batches, options)).toBe(steps);
  });

  it("returns the number of steps that train() runs", async () => {
    const property = async (count: number, accumulation: number, quarters: number, maxSteps: number) => {
      const options = { epochs: quarters / 4, accumulation, maxSteps };
      const { events, result } = await trainTiny(fixed(batchesOf(...new Array<number>(count).fill(1))), options);
      const expected = countSteps(count, options);
      expect(stepsOf(events).map(({ step }) => step)).toEqual(Array.from({ length: expected }, (_, i) => i + 1));
      expect(result.steps).toBe(expected);
      expect(events[0]).toMatchObject({ steps: expected });
    };
    const [count, accumulation, quarters] = [6, 4, 10].map((max) => fc.integer({ min: 1, max }));
    await fc.assert(fc.asyncProperty(count!, accumulation!, quarters!, fc.integer({ min: 1, max: 20 }), property), {
      numRuns: 30,
    });
  });
});

describe("train()", () => {
  it("reduces the loss on a small data set", async () => {
    const { events } = await trainTiny(fixed(batchesOf(4, 4, 4)), { epochs: 20, learningRate: 0.2 });
    const ends = events.filter((event) => event.type === "epoch-end").map(({ loss }) => loss);
    expect(ends.at(-1)).toBeLessThan(ends[0]! / 4);
    expect(ends.at(-1)).toBeLessThan(Math.log(classes) / 2); // half of the loss of uniform predictions
  });

  it("uses the first half of the batches in half an epoch", async () => {
    const batches = batchesOf(2, 2, 2, 2);
    const half = await trainTiny(fixed(batches), { epochs: 0.5 });
    expect(half.state).toEqual((await trainTiny(fixed(batches.slice(0, 2)))).state);
    const other = await trainTiny(fixed([...batches.slice(0, 2), ...batchesOf(3, 3)]), { epochs: 0.5 });
    expect(half.state).toEqual(other.state);
  });

  it("requests epochs 0, 1, 2, and uses their batches in order", async () => {
    const requested: number[] = [];
    const orders = [batchesOf(2, 3, 4), batchesOf(2, 3, 4).reverse(), batchesOf(1, 1, 1)];
    const data = {
      batchesPerEpoch: 3,
      epoch(index: number) {
        requested.push(index);
        return orders[index]!;
      },
    };
    const { events } = await trainTiny(data, { epochs: 3 });
    expect(requested).toEqual([0, 1, 2]);
    expect(stepsOf(events).map(({ examples }) => examples)).toEqual([2, 3, 4, 4, 3, 2, 1, 1, 1]);
  });

  it("closes an iterator of batches that it does not exhaust", async () => {
    let closed = false;
    const data = {
      batchesPerEpoch: 4,
      *epoch() {
        try {
          yield* batchesOf(1, 1, 1, 1);
        } finally {
          closed = true;
        }
      },
    };
    await trainTiny(data, { maxSteps: 2 });
    expect(closed).toBe(true);
  });

  it("updates from the smaller last group of each epoch, and carries no gradients over", async () => {
    const [a, b, c] = batchesOf(2, 2, 2) as [Batch, Batch, Batch];
    const { state } = await trainTiny(fixed([a, b, c]), { accumulation: 2, epochs: 2, scheduleSteps: -1 });
    const classifier = tinyClassifier();
    const executor = await withParameters(createReferenceExecutor(), classifier);
    const stepper = await createStepper(executor, classifier, { seed: 1 });
    for (const batches of [[a, b], [c], [a, b], [c]])
      await stepper.step({ batches, learningRate: 0.05, lossScale: 1, seen: 0 });
    expect(state).toEqual(await readState(executor, classifier));
  });

  it("produces the same weights bit for bit with the same seed, and different ones with another", async () => {
    const data = fixed(batchesOf(3, 3, 2));
    const weights = async (seed: number, rate: number) => (await trainTiny(data, { seed, epochs: 2 }, { rate })).state;
    const first = await weights(1, 0.2);
    expect(await weights(1, 0.2)).toEqual(first);
    expect(distance(await weights(2, 0.2), first)).toBeGreaterThan(1e-3);
    expect(await weights(2, 0)).toEqual(await weights(1, 0));
  });

  it("draws new dropout masks for every step, in every epoch", async () => {
    const [batch] = batchesOf(3);
    const { events } = await trainTiny(fixed([batch!, batch!]), { learningRate: 0, epochs: 2 }, { rate: 0.5 });
    expect(new Set(stepsOf(events).map(({ loss }) => loss)).size).toBe(4);
  });

  it.each<Partial<TrainOptions>>([
    { epochs: 0 },
    { epochs: -1 },
    { epochs: Number.NaN },
    { epochs: Infinity },
    { accumulation: 0 },
    { accumulation: 1.5 },
    { learningRate: -1e-5 },
    { learningRate: Number.NaN },
    { maxSteps: 0 },
    { maxSteps: 2.5 },
    { lossScale: 0 },
    { lossScale: Infinity },
    { scheduleSteps: 0 },
    { scheduleSteps: -2 },
    { warmup: 1.5 },
    { warmup: -0.1 },
  ])("rejects %o before any work is done", async (options) => {
    const executor = createReferenceExecutor();
    const run = train(executor, tinyClassifier(), fixed([]), { epochs: 1, learningRate: 0.1, seed: 1, ...options });
    await expect(run.next()).rejects.toMatchObject({
      name: "BertieError",
      code: expect.stringMatching(/^options\//),
      message: expect.stringContaining(`${Object.values(options)[0]}, but must be`),
    });
  });

  it("throws if an epoch has fewer batches than batchesPerEpoch", async () => {
    const data = { ...fixed(batchesOf(2, 2)), batchesPerEpoch: 3 };
    await expect(trainTiny(data)).rejects.toThrow("expected 3 batches in epoch 0, found 2");
  });
});

describe("a loss or gradient that is not finite", () => {
  /** Trains from random parameters, some of which are filled with the given values. */
  async function trainFrom(values: Readonly<Record<string, number>>, options: Partial<TrainOptions> = {}) {
    const classifier = tinyClassifier();
    const executor = countingExecutor(await withParameters(createReferenceExecutor(), classifier));
    for (const [name, value] of Object.entries(values)) {
      const { shape, data } = await executor.read(name);
      await executor.write(name, { dtype: "float32", shape, data: new Float32Array(data.length).fill(value) });
    }
    const run = train(executor, classifier, fixed(batchesOf(2, 2)), {
      epochs: 3,
      learningRate: 0.1,
      seed: 1,
      ...options,
    });
    const consume = async () => {
      for await (const event of run) void event;
    };
    return { executor, consume };
  }

  it("ends the run with an error that names the step", async () => {
    const { executor, consume } = await trainFrom({ "output.bias": Number.NaN });
    await expect(consume).rejects.toMatchObject({
      name: "BertieError",
      code: "train/not-finite",
      message: "the loss is NaN at step 1, in epoch 1. Lower the learning rate, or check the input for errors.",
    });
    expect(executor.open()).toBe(0);
  });

  it("is reported with row numbers if the batches have them", async () => {
    const batches = batchesOf(2, 1).map((batch, i) => ({ ...batch, rows: i === 0 ? [6, 2] : [0] }));
    const executor = createReferenceExecutor();
    const classifier = tinyClassifier();
    await withParameters(executor, classifier);
    await executor.write("output.bias", float32(new Float32Array(classes).fill(Number.NaN)));
    const run = train(executor, classifier, fixed(batches), { epochs: 1, learningRate: 0.1, seed: 1, accumulation: 2 });
    const consume = async () => {
      for await (const event of run) void event;
    };
    await expect(consume).rejects.toThrow("the loss is NaN at step 1, in epoch 1, on rows 7, 3, 1. Lower");
  });

  it("ends the run immediately with loss scaling too if it is the loss", async () => {
    const { consume } = await trainFrom({ "output.bias": Number.NaN }, { lossScale: 128 });
    await expect(consume).rejects.toMatchObject({ code: "train/not-finite" });
  });

  it("ends the run immediately if only the gradient overflows", async () => {
    // The embeddings are 0, so the loss is finite, but their gradients of 1e30 overflow when they are squared.
    const { consume } = await trainFrom({ words: 0, "hidden.weight": 1e30 });
    await expect(consume).rejects.toThrow("the gradient norm is Infinity at step 1, in epoch 1");
  });

  it("is reported with the step at which training diverges", async () => {
    const data = fixed(batchesOf(2, 2));
    const options = { epochs: 100, learningRate: 1e30 };
    await expect(trainTiny(data, options)).rejects.toThrow(/^the .* is (NaN|-?Infinity) at step [2-9], in epoch [12]/);
  });
});
