import { createOnnxExecutor, createReferenceExecutor, type Executor } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { startProgress, type TrainProgress } from "./progress.ts";
import { momentsOf, readParameters, writeParameters } from "./stepper.ts";
import { randomBatch, randomParameters, readState, tinyClassifier, withParameters } from "./testing/tiny-classifier.ts";
import { type TrainEvent, train } from "./train.ts";
import type { TrainingData, TrainOptions } from "./train-options.ts";

const classifier = tinyClassifier(0.2);

/** Five batches, in a different order in each epoch. */
const data: TrainingData = {
  batchesPerEpoch: 5,
  epoch: (index, firstBatch) =>
    Array.from({ length: 5 }, (_, i) => randomBatch(((i + index) * 3) % 5, 2 + (i % 2))).slice(firstBatch),
};

/** The state of a run that a checkpoint contains. */
interface Checkpoint {
  readonly progress: TrainProgress;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly moments: ReadonlyMap<string, Float32Array>;
}

async function save(executor: Executor, optimizer: Executor, progress: TrainProgress): Promise<Checkpoint> {
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

/** Trains from a checkpoint, or from the beginning, and optionally stops after a number of events. */
async function trainFrom(
  checkpoint: Checkpoint | undefined,
  options: Partial<TrainOptions>,
  create: () => Promise<Executor>,
  stopAfter = Number.POSITIVE_INFINITY,
) {
  const executor = await create();
  const optimizerExecutor = options.optimizerExecutor && (await create());
  await withParameters(executor, classifier);
  if (checkpoint) await writeParameters(executor, classifier, checkpoint.parameters);
  const progress = checkpoint?.progress ?? startProgress(options.lossScale);
  const all = { epochs: 2.4, learningRate: 0.05, seed: 1, warmup: 0.2, ...options, progress };
  const events: TrainEvent[] = [];
  let saved: Checkpoint | undefined;
  const resumed = {
    ...all,
    ...(checkpoint && { moments: checkpoint.moments }),
    ...(optimizerExecutor && { optimizerExecutor }),
  };
  for await (const event of train(executor, classifier, data, resumed)) {
    events.push(event);
    if (events.length < stopAfter || event.type === "train-start") continue;
    saved = await save(executor, optimizerExecutor ?? executor, progress);
    break;
  }
  const state = await readState(optimizerExecutor ?? executor, classifier);
  await optimizerExecutor?.dispose();
  await executor.dispose();
  return { events, state, saved };
}

const reference = async () => createReferenceExecutor();

describe("train() resumed from progress, parameters and moments", () => {
  it.each<[string, () => Promise<Executor>, Partial<TrainOptions>]>([
    ["on onnx", () => createOnnxExecutor({ threads: 1 }), {}],
    ["on reference", reference, {}],
    ["with accumulation and a smaller last group", reference, { accumulation: 2 }],
    [
      "with a separate optimizer executor",
      reference,
      { accumulation: 2, optimizerExecutor: createReferenceExecutor() },
    ],
    ["with loss scaling that overflows at first", reference, { lossScale: 2 ** 127 }],
  ])("continues bit for bit after any event: %s", async (_, create, options) => {
    const uninterrupted = await trainFrom(undefined, options, create);
    for (let stop = 2; stop <= uninterrupted.events.length; stop++) {
      const before = await trainFrom(undefined, options, create, stop);
      const after = await trainFrom(before.saved, options, create);
      expect(after.state).toEqual(uninterrupted.state);
      expect([...withoutTime(before.events), ...withoutTime(after.events)]).toEqual(withoutTime(uninterrupted.events));
      const { seconds, ...end } = after.events.at(-1) as TrainEvent & { type: "train-end" };
      expect(uninterrupted.events.at(-1)).toMatchObject(end);
    }
  });

  it("adds its duration to the seconds of the earlier run", async () => {
    const { events } = await trainFrom(
      { ...(await trainFrom(undefined, {}, reference, 4)).saved!, progress: { ...startProgress(), seconds: 1000 } },
      {},
      reference,
    );
    expect(events.at(-1)).toMatchObject({ type: "train-end" });
    expect((events.at(-1) as TrainEvent & { type: "train-end" }).seconds).toBeGreaterThanOrEqual(1000);
  });
});

describe("the minimum loss scale", () => {
  it("is not halved, and training ends after repeated overflows", async () => {
    // The hidden layer is 0, so the loss is finite, but the gradients of the word embeddings overflow float32.
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
      message: expect.stringMatching(/not finite at step 1, in epoch 4, after 16 .* loss scales down to 1\. Lower/),
    });
    expect(scales).toEqual([2, ...new Array<number>(14).fill(1)]);
  });
});
