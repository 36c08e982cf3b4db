import { createReferenceExecutor, gather, reshape, slice } from "@bertie/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Classifier } from "./classifier.ts";
import { plannedUpdates } from "./planned-updates.ts";
import { startProgress, type TrainProgress } from "./progress.ts";
import { writeParameters } from "./stepper.ts";
import { train } from "./train.ts";
import { countSteps, type TrainingData } from "./train-options.ts";

const classifier: Classifier = {
  parameters: [{ name: "table", shape: [2, 2], decay: false }],
  logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
};

/** Returns data whose batches have 1 or 2 rows. The first token of a row is 0 or 1. */
function dataOf(batchesPerEpoch: number): TrainingData {
  const batch = (size: number) => ({
    ...{ size, length: 1, inputIds: new Int32Array(size).fill(size - 1), inputMask: new Int32Array(size).fill(1) },
    ...{ segmentIds: new Int32Array(size), labelIds: new Int32Array(size) },
  });
  const batches = Array.from({ length: batchesPerEpoch }, (_, i) => batch(1 + (i % 2)));
  return { batchesPerEpoch, epoch: (_, first) => batches.slice(first) };
}

/** The figures of a run that the plan predicts. */
interface Figures {
  readonly rates: number[];
  readonly epochs: number[];
  readonly progress: Partial<TrainProgress>;
}

const counted = ({ epochLoss, epochExamples, seconds, ...rest }: TrainProgress) => rest;

/** Trains, and returns the figures and the progress after `stopAfter` updates, where the run may be stopped. */
async function trained(data: TrainingData, options: Parameters<typeof plannedUpdates>[1], stopAfter: number) {
  const executor = createReferenceExecutor();
  await writeParameters(executor, classifier, new Map([["table", new Float32Array(4)]]));
  const progress = startProgress();
  const [rates, epochs]: number[][] = [[], []];
  let stopped = { ...progress };
  for await (const event of train(executor, classifier, data, { ...options, seed: 1, progress })) {
    if (event.type !== "step") continue;
    if (event.step === stopAfter) stopped = { ...progress };
    if (event.step <= stopAfter) continue;
    rates!.push(event.learningRate);
    epochs!.push(event.epoch);
  }
  await executor.dispose();
  return { stopped, figures: { rates, epochs, progress: counted(progress) } as Figures };
}

describe("plannedUpdates()", () => {
  it("predicts the updates of train() from any step", async () => {
    const cases = fc.record({
      batchesPerEpoch: fc.integer({ min: 1, max: 7 }),
      accumulation: fc.integer({ min: 1, max: 4 }),
      epochs: fc.constantFrom(0.5, 1, 2, 2.3),
      maxSteps: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      warmup: fc.constantFrom(0, 0.3),
      stopAfter: fc.nat(9),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ batchesPerEpoch, accumulation, epochs, maxSteps, warmup, stopAfter }) => {
        const options = {
          accumulation,
          epochs,
          warmup,
          learningRate: 0.1,
          ...(maxSteps !== undefined && { maxSteps }),
        };
        const data = dataOf(batchesPerEpoch);
        const step = Math.min(stopAfter, countSteps(batchesPerEpoch, options) - 1);
        const { stopped, figures } = await trained(data, options, step);
        const updates = [...plannedUpdates(data, options, stopped)];
        expect({
          rates: updates.map(({ learningRate }) => learningRate),
          epochs: updates.map(({ epoch }) => epoch),
          progress: counted(updates.at(-1)!.progress),
        }).toEqual(figures);
        for (const { batches, weight } of updates)
          expect(weight).toBe(batches.reduce((sum, { size }) => sum + size, 0));
      }),
      { numRuns: 25 },
    );
  });
});
