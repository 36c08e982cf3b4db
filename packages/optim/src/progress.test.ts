import { createOnnxExecutor, createReferenceExecutor, type Executor } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { startProgress, type TrainProgress } from "./progress.ts";
import { momentsOf, readParameters, writeParameters } from "./stepper.ts";
import { randomBatch, randomParameters, readState, tinyClassifier, withParameters } from "./testing/tiny-classifier.ts";
import { type TrainEvent, type TrainingData, type TrainOptions, train } from "./train.ts";

const classifier = tinyClassifier(0.2);

/** Five batches, in another order each epoch. */
const data: TrainingData = {
  batchesPerEpoch: 5,
  epoch: (index, firstBatch) =>
    Array.from({ length: 5 }, (_, i) => randomBatch(((i + index) * 3) % 5, 2 + (i % 2))).slice(firstBatch),
};

/** What a checkpoint keeps of a run. */
interface Kept {
  readonly progress: TrainProgress;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly moments: ReadonlyMap<string, Float32Array>;
}

async function keep(executor: Executor, optimizer: Executor, progress: TrainProgress): Promise<Kept> {
  const { first, second } = momentsOf(classifier);
  const moments = new Map<string, Float32Array>();
  for (const { name } of [...first, ...second]) {
    moments.set(name, Float32Array.from((await optimizer.read(name)).data));
  }
  const parameters = await readParameters(executor, classifier);
  return { progress: JSON.parse(JSON.stringify(progress)) as TrainProgress, parameters, moments };
}

const withoutTime = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => {
    if (event.type !== "step") return [];
    const { seconds, examplesPerSecond, ...rest } = event;
    return [rest];
  });

/** Trains on from what was kept, or from the beginning; stops behind a number of events, if one is given. */
async function trainFrom(
  kept: Kept | undefined,
  options: Partial<TrainOptions>,
  create: () => Promise<Executor>,
  stopAfter = Number.POSITIVE_INFINITY,
) {
  const executor = await create();
  const optimizerExecutor = options.optimizerExecutor && (await create());
  await withParameters(executor, classifier);
  if (kept) await writeParameters(executor, classifier, kept.parameters);
  const progress = kept?.progress ?? startProgress(options.lossScale);
  const all = { epochs: 2.4, learningRate: 0.05, seed: 1, warmup: 0.2, ...options, progress };
  const events: TrainEvent[] = [];
  let left: Kept | undefined;
  const resumed = { ...all, ...(kept && { moments: kept.moments }), ...(optimizerExecutor && { optimizerExecutor }) };
  for await (const event of train(executor, classifier, data, resumed)) {
    events.push(event);
    if (events.length < stopAfter || event.type === "train-start") continue;
    left = await keep(executor, optimizerExecutor ?? executor, progress);
    break;
  }
  const state = await readState(optimizerExecutor ?? executor, classifier);
  await optimizerExecutor?.dispose();
  await executor.dispose();
  return { events, state, left };
}

const reference = async () => createReferenceExecutor();

describe("train() from progress, parameters and moments", () => {
  it.each<[string, () => Promise<Executor>, Partial<TrainOptions>]>([
    ["on onnx", () => createOnnxExecutor({ threads: 1 }), {}],
    ["on reference", reference, {}],
    ["with accumulation, which leaves a smaller group", reference, { accumulation: 2 }],
    ["with an optimizer apart", reference, { accumulation: 2, optimizerExecutor: createReferenceExecutor() }],
    ["with a scaled loss that overflows at first", reference, { lossScale: 2 ** 127 }],
  ])("goes on to the same bits, whatever event it was left at: %s", async (_, create, options) => {
    const whole = await trainFrom(undefined, options, create);
    for (let stop = 2; stop <= whole.events.length; stop++) {
      const before = await trainFrom(undefined, options, create, stop);
      const after = await trainFrom(before.left, options, create);
      expect(after.state).toEqual(whole.state);
      expect([...withoutTime(before.events), ...withoutTime(after.events)]).toEqual(withoutTime(whole.events));
      const { seconds, ...end } = after.events.at(-1) as TrainEvent & { type: "train-end" };
      expect(whole.events.at(-1)).toMatchObject(end);
    }
  });

  it("counts the time that was spent before", async () => {
    const { events } = await trainFrom(
      { ...(await trainFrom(undefined, {}, reference, 4)).left!, progress: { ...startProgress(), seconds: 1000 } },
      {},
      reference,
    );
    expect(events.at(-1)).toMatchObject({ type: "train-end" });
    expect((events.at(-1) as TrainEvent & { type: "train-end" }).seconds).toBeGreaterThanOrEqual(1000);
  });
});

describe("a loss scale at its floor", () => {
  it("stays there, and ends the run when no step can be made any more", async () => {
    // The hidden layer is 0, so that the loss is finite; but the slopes of the words are a product beyond float32.
    const steep = new Map([...randomParameters(classifier)].map(([name, x]) => [name, x.map((one) => one * 1e30)]));
    for (const name of ["words", "hidden.bias", "output.bias"]) steep.get(name)!.fill(0);
    const executor = createReferenceExecutor();
    await writeParameters(executor, classifier, steep);
    const scales: number[] = [];
    const run = async () => {
      const options = { epochs: 9, learningRate: 0.1, seed: 1, lossScale: 4 };
      for await (const event of train(executor, classifier, data, options))
        if (event.type === "step-skipped") scales.push(event.lossScale);
    };
    await expect(run).rejects.toMatchObject({
      code: "train/not-finite",
      message: expect.stringMatching(/not finite at step 1, in epoch 4, nor .* the loss scale is down to 1: lower/),
    });
    expect(scales).toEqual([2, ...new Array<number>(14).fill(1)]);
  });
});
