import type { Batch } from "@bertie/common";
import { createOnnxExecutor, createReferenceExecutor, type Executor, float32 } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import type { Classifier } from "./classifier.ts";
import { classify } from "./evaluate.ts";
import { createStepper, readParameters, type StepperOptions, type StepResult } from "./stepper.ts";
import {
  countingExecutor,
  distance,
  joinBatches,
  randomBatch,
  randomParameters,
  readState,
  tinyClassifier,
  withParameters,
} from "./testing/tiny-classifier.ts";

const createFloat64Executor = () => createReferenceExecutor({ precision: "float64" });

/** Runs one update per group of micro-batches with falling learning rates; returns the results and the final state. */
async function runSteps(
  executor: Executor,
  groups: readonly (readonly Batch[])[],
  {
    rate = 0,
    classifier = tinyClassifier(rate),
    ...options
  }: Partial<StepperOptions> & { rate?: number; classifier?: Classifier } = {},
) {
  await withParameters(executor, classifier);
  const stepper = await createStepper(executor, classifier, { seed: 7, ...options });
  const results: StepResult[] = [];
  let seen = 0;
  for (const [i, batches] of groups.entries()) {
    results.push(await stepper.step({ batches, learningRate: 0.1 / (i + 1), lossScale: 1, seen }));
    seen += batches.length;
  }
  const state = await readState(options.optimizerExecutor ?? executor, classifier);
  const parameters = await readParameters(executor, classifier);
  await stepper.dispose();
  return { results, state, parameters };
}

const batches = (...sizes: number[]) => sizes.map((size, i) => randomBatch(i, size));

describe("gradient accumulation", () => {
  it.each([
    ["equal micro-batches", [batches(2, 2, 2), batches(2, 2, 2)]],
    ["a smaller last group", [batches(2, 2, 2), batches(2, 2), batches(2)]],
    ["a smaller last micro-batch", [batches(4, 4, 1), batches(3, 1)]],
  ])("updates like one batch with all rows: %s", async (_, groups) => {
    const accumulated = await runSteps(createFloat64Executor(), groups);
    const whole = await runSteps(
      createFloat64Executor(),
      groups.map((group) => [joinBatches(group)]),
    );
    // A micro-batch's share of the rows is passed as float32, which limits the agreement.
    expect(distance(accumulated.state, whole.state)).toBeLessThan(1e-7);
    for (const [i, { losses, gradNorm }] of accumulated.results.entries()) {
      expect(losses).toHaveLength(groups[i]!.length);
      expect(gradNorm).toBeCloseTo(whole.results[i]!.gradNorm, 6);
      const sizes = groups[i]!.map(({ size }) => size);
      const total = losses.reduce((sum, loss, j) => sum + loss * sizes[j]!, 0) / sizes.reduce((a, b) => a + b);
      expect(total).toBeCloseTo(whole.results[i]!.losses[0]!, 6);
    }
  });

  it("supports micro-batches of different lengths in a group", async () => {
    const [first, second] = [randomBatch(1, 2, 3), randomBatch(2, 2, 6)];
    const { state } = await runSteps(createFloat64Executor(), [[first, second]]);
    const swapped = await runSteps(createFloat64Executor(), [[second, first]]);
    expect(distance(state, swapped.state)).toBeLessThan(1e-12);
  });

  it("starts from zero even if an earlier stepper left gradients in the executor", async () => {
    const executor = createReferenceExecutor();
    const groups = [batches(2, 2), batches(1, 3)];
    const fresh = await runSteps(executor, groups);
    for (const { name, shape } of tinyClassifier().parameters) {
      const old = await executor.read(`${name}/gradient`);
      await executor.write(`${name}/gradient`, float32(new Float32Array(old.data.length).fill(9), shape));
    }
    expect((await runSteps(executor, groups)).state).toEqual(fresh.state);
  });
});

describe("a separate optimizer executor", () => {
  it.each([
    ["one micro-batch per step", [batches(3), batches(2)]],
    ["two micro-batches per step", [batches(3, 3), batches(2)]],
  ])("produces the same parameters and moments bit for bit: %s", async (_, groups) => {
    const together = await runSteps(createReferenceExecutor(), groups, { rate: 0.3 });
    const optimizerExecutor = createReferenceExecutor();
    const separate = await runSteps(createReferenceExecutor(), groups, { rate: 0.3, optimizerExecutor });
    expect(distance(separate.parameters, together.parameters)).toBe(0);
    expect(distance(separate.state, together.state)).toBe(0);
    expect(separate.results).toEqual(together.results);
  });

  it("can use another engine", async () => {
    // With this seed, no unit is saturated. Adam turns the rounding errors of a saturated unit's gradient into full-size
    // updates.
    const [groups, seed] = [[batches(3, 3), batches(2)], 9];
    const together = await runSteps(createFloat64Executor(), groups, { rate: 0.3, seed });
    const optimizerExecutor = createReferenceExecutor();
    const onnx = await createOnnxExecutor({ threads: 1 });
    const separate = await runSteps(onnx, groups, { rate: 0.3, optimizerExecutor, seed });
    expect(distance(separate.parameters, together.parameters)).toBeLessThan(1e-5);
    await onnx.dispose();
  });
});

describe("frozen parameters", () => {
  const whole = tinyClassifier();
  const classifier = { ...whole, parameters: whole.parameters.map((p) => ({ ...p, frozen: p.name === "words" })) };

  it.each([
    ["one micro-batch per step", [batches(3), batches(2)], {}],
    ["two micro-batches per step", [batches(3, 3), batches(2)], {}],
    ["a separate optimizer executor", [batches(3)], { optimizerExecutor: createReferenceExecutor() }],
  ])("do not change, while all other parameters do: %s", async (_, groups, options) => {
    const executor = recordWrites(createReferenceExecutor());
    const start = randomParameters(classifier);
    const trained = await runSteps(executor, groups, { ...options, classifier });
    for (const [name, values] of trained.parameters)
      expect([name, distance(new Map([[name, values]]), start) === 0]).toEqual([name, name === "words"]);
    expect([...executor.names].filter((name) => name.startsWith("words"))).toEqual(["words"]);
    // In the first step, frozen parameters do not change the gradients of the other parameters.
    const first = await runSteps(createReferenceExecutor(), groups.slice(0, 1), { classifier });
    const free = await runSteps(createReferenceExecutor(), groups.slice(0, 1));
    for (const name of ["hidden.weight", "output.bias"])
      expect([name, first.parameters.get(name)]).toEqual([name, free.parameters.get(name)]);
    expect(first.results[0]!.gradNorm).toBeLessThan(free.results[0]!.gradNorm);
  });
});

/** Returns an executor that records the names of written state. */
function recordWrites(executor: Executor): Executor & { readonly names: Set<string> } {
  const names = new Set<string>();
  return {
    ...executor,
    names,
    async write(name, value) {
      names.add(name);
      await executor.write(name, value);
    },
  };
}

describe("step()", () => {
  it("returns the loss and the norm of its gradient over all parameters", async () => {
    const classifier = tinyClassifier();
    const batch = randomBatch(5, 4);
    const executor = await withParameters(createFloat64Executor(), classifier);
    const stepper = await createStepper(executor, classifier, { seed: 1 });
    const { losses, gradNorm } = await stepper.step({ batches: [batch], learningRate: 0, lossScale: 1, seen: 0 });

    const start = randomParameters(classifier);
    const lossWith = async (name: string, shape: readonly number[], index: number, change: number) => {
      const data = Float64Array.from(start.get(name)!);
      await executor.write(name, { dtype: "float32", shape, data: data.with(index, data[index]! + change) });
      let total = 0;
      for await (const { logits } of classify(executor, classifier, [batch]))
        total += meanCrossEntropy(logits, batch.labelIds);
      await executor.write(name, { dtype: "float32", shape, data });
      return total;
    };
    let squares = 0;
    for (const { name, shape } of classifier.parameters)
      for (const index of start.get(name)!.keys()) {
        const slope = (await lossWith(name, shape, index, 1e-2)) - (await lossWith(name, shape, index, -1e-2));
        squares += (slope / 2e-2) ** 2;
      }
    expect(losses[0]).toBeCloseTo(await lossWith("hidden.bias", [5], 0, 0), 6);
    expect(Math.abs(gradNorm / Math.sqrt(squares) - 1)).toBeLessThan(1e-3);
  });

  it("determines dropout only from the seed and the number of micro-batches seen", async () => {
    const classifier = tinyClassifier(0.5);
    const executor = await withParameters(createReferenceExecutor(), classifier);
    const batch = randomBatch(1, 3);
    const lossesOf = async (seed: number, seen: number, count = 1) => {
      const stepper = await createStepper(executor, classifier, { seed });
      const batches = new Array<Batch>(count).fill(batch);
      return (await stepper.step({ batches, learningRate: 0, lossScale: 1, seen })).losses;
    };
    const [first, second] = [(await lossesOf(1, 0))[0]!, (await lossesOf(1, 1))[0]!];
    expect(second).not.toBe(first);
    expect(await lossesOf(2, 0)).not.toEqual([first]);
    expect(await lossesOf(1, 0)).toEqual([first]);
    // Each micro-batch of an accumulated step has the same masks as in a separate step.
    expect(await lossesOf(1, 0, 2)).toEqual([first, second]);
  });

  it.each([
    ["one micro-batch per step", {}, 2],
    ["two micro-batches per step", { accumulation: 2 }, 3], // two accumulation programs and the update
  ])("runs the programs compiled in advance for the given shapes: %s", async (_, options, count) => {
    const classifier = tinyClassifier();
    const executor = countingExecutor(createReferenceExecutor());
    await withParameters(executor, classifier);
    const shapes = [
      { size: 2, length: 4 },
      { size: 1, length: 4 },
    ];
    const stepper = await createStepper(executor, classifier, { seed: 1, shapes, ...options });
    expect(executor.open()).toBe(count);
    for (const size of [2, 1])
      await stepper.step({ batches: [randomBatch(1, size, 4)], learningRate: 0.1, lossScale: 1, seen: 0 });
    expect(executor.open()).toBe(count);
    await stepper.dispose();
    expect(executor.open()).toBe(0);
  });

  it("compiles one program per shape, and dispose() disposes of all", async () => {
    const classifier = tinyClassifier();
    const executor = countingExecutor(createReferenceExecutor());
    await withParameters(executor, classifier);
    const stepper = await createStepper(executor, classifier, { seed: 1 });
    const step = (...batches: Batch[]) => stepper.step({ batches, learningRate: 0.1, lossScale: 1, seen: 0 });
    for (const seed of [1, 2, 3]) await step(randomBatch(seed, 2, 4));
    expect(executor.open()).toBe(1);
    await step(randomBatch(1, 4, 2)); // the same number of elements, but another shape
    expect(executor.open()).toBe(2);
    for (const seed of [1, 2]) await step(randomBatch(seed, 2, 4), randomBatch(seed, 3, 4));
    expect(executor.open()).toBe(5); // plus two accumulation programs and the update
    await stepper.dispose();
    expect(executor.open()).toBe(0);
  });
});

function meanCrossEntropy(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  const losses = Array.from(labels, (label, row) => {
    const scores = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    return Math.log(scores.reduce((total, x) => total + Math.exp(x), 0)) - scores[label]!;
  });
  return losses.reduce((a, b) => a + b) / labels.length;
}
