import type { Batch } from "@bertie/common";
import { createOnnxExecutor, createReferenceExecutor, type Executor, float32 } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import type { Classifier } from "./classifier.ts";
import { classify } from "./evaluate.ts";
import { createStepper, readParameters, type StepperOptions, type StepResult } from "./stepper.ts";
import {
  countingExecutor,
  distance,
  joined,
  randomBatch,
  randomParameters,
  readState,
  tinyClassifier,
  withParameters,
} from "./testing/tiny-classifier.ts";

const inDoubles = () => createReferenceExecutor({ precision: "float64" });

/** Makes a step of each group of micro-batches, at falling rates; what came of it, and all state afterwards. */
async function makeSteps(
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

describe("accumulation", () => {
  it.each([
    ["equal micro-batches", [batches(2, 2, 2), batches(2, 2, 2)]],
    ["a smaller group at the end", [batches(2, 2, 2), batches(2, 2), batches(2)]],
    ["a smaller micro-batch at the end", [batches(4, 4, 1), batches(3, 1)]],
  ])("of %s updates as one batch with all rows does", async (_, groups) => {
    const parts = await makeSteps(inDoubles(), groups);
    const whole = await makeSteps(
      inDoubles(),
      groups.map((group) => [joined(group)]),
    );
    // A micro-batch's share of the rows is handed over in float32.
    expect(distance(parts.state, whole.state)).toBeLessThan(1e-7);
    for (const [i, { losses, gradNorm }] of parts.results.entries()) {
      expect(losses).toHaveLength(groups[i]!.length);
      expect(gradNorm).toBeCloseTo(whole.results[i]!.gradNorm, 6);
      const sizes = groups[i]!.map(({ size }) => size);
      const total = losses.reduce((sum, loss, j) => sum + loss * sizes[j]!, 0) / sizes.reduce((a, b) => a + b);
      expect(total).toBeCloseTo(whole.results[i]!.losses[0]!, 6);
    }
  });

  it("works where a group is of different lengths", async () => {
    const [first, second] = [randomBatch(1, 2, 3), randomBatch(2, 2, 6)];
    const { state } = await makeSteps(inDoubles(), [[first, second]]);
    const swapped = await makeSteps(inDoubles(), [[second, first]]);
    expect(distance(state, swapped.state)).toBeLessThan(1e-12);
  });

  it("starts from zero whatever an earlier stepper has left behind", async () => {
    const executor = createReferenceExecutor();
    const groups = [batches(2, 2), batches(1, 3)];
    const fresh = await makeSteps(executor, groups);
    for (const { name, shape } of tinyClassifier().parameters) {
      const old = await executor.read(`${name}/gradient`);
      await executor.write(`${name}/gradient`, float32(new Float32Array(old.data.length).fill(9), shape));
    }
    expect((await makeSteps(executor, groups)).state).toEqual(fresh.state);
  });
});

describe("an optimizer on another executor", () => {
  it.each([
    ["one batch a step", [batches(3), batches(2)]],
    ["two batches a step", [batches(3, 3), batches(2)]],
  ])("gives the same parameters and moments bit for bit: %s", async (_, groups) => {
    const together = await makeSteps(createReferenceExecutor(), groups, { rate: 0.3 });
    const optimizerExecutor = createReferenceExecutor();
    const apart = await makeSteps(createReferenceExecutor(), groups, { rate: 0.3, optimizerExecutor });
    expect(distance(apart.parameters, together.parameters)).toBe(0);
    expect(distance(apart.state, together.state)).toBe(0);
    expect(apart.results).toEqual(together.results);
  });

  it("may be of another engine", async () => {
    // With a seed that leaves no unit saturated: the rounding errors of its gradient, Adam makes whole updates of.
    const [groups, seed] = [[batches(3, 3), batches(2)], 9];
    const together = await makeSteps(inDoubles(), groups, { rate: 0.3, seed });
    const optimizerExecutor = createReferenceExecutor();
    const onnx = await createOnnxExecutor({ threads: 1 });
    const apart = await makeSteps(onnx, groups, { rate: 0.3, optimizerExecutor, seed });
    expect(distance(apart.parameters, together.parameters)).toBeLessThan(1e-5);
    await onnx.dispose();
  });
});

describe("frozen parameters", () => {
  const whole = tinyClassifier();
  const classifier = { ...whole, parameters: whole.parameters.map((p) => ({ ...p, frozen: p.name === "words" })) };

  it.each([
    ["one batch a step", [batches(3), batches(2)], {}],
    ["two batches a step", [batches(3, 3), batches(2)], {}],
    ["an optimizer apart", [batches(3)], { optimizerExecutor: createReferenceExecutor() }],
  ])("stay as they are, bit for bit, and others go their way: %s", async (_, groups, options) => {
    const executor = countingNames(createReferenceExecutor());
    const start = randomParameters(classifier);
    const moved = await makeSteps(executor, groups, { ...options, classifier });
    for (const [name, values] of moved.parameters)
      expect([name, distance(new Map([[name, values]]), start) === 0]).toEqual([name, name === "words"]);
    expect([...executor.names].filter((name) => name.startsWith("words"))).toEqual(["words"]);
    // The first step's gradients of the others are those of training without frozen ones.
    const first = await makeSteps(createReferenceExecutor(), groups.slice(0, 1), { classifier });
    const free = await makeSteps(createReferenceExecutor(), groups.slice(0, 1));
    for (const name of ["hidden.weight", "output.bias"])
      expect([name, first.parameters.get(name)]).toEqual([name, free.parameters.get(name)]);
    expect(first.results[0]!.gradNorm).toBeLessThan(free.results[0]!.gradNorm);
  });
});

/** An executor that notes the names of state which is written. */
function countingNames(executor: Executor): Executor & { readonly names: Set<string> } {
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
  it("gives the loss, and the norm of its gradient over all parameters", async () => {
    const classifier = tinyClassifier();
    const batch = randomBatch(5, 4);
    const executor = await withParameters(inDoubles(), classifier);
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

  it("draws dropout by the seed and the number of micro-batches seen, and by nothing else", async () => {
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
    // Each micro-batch of an accumulated step has the masks that it would have alone.
    expect(await lossesOf(1, 0, 2)).toEqual([first, second]);
  });

  it.each([
    ["one batch a step", {}, 2],
    ["several", { accumulation: 2 }, 3], // two parts and the update
  ])("runs programs that were compiled before for the shapes it was told, %s", async (_, options, count) => {
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

  it("compiles a program once for a shape, and disposes of all", async () => {
    const classifier = tinyClassifier();
    const executor = countingExecutor(createReferenceExecutor());
    await withParameters(executor, classifier);
    const stepper = await createStepper(executor, classifier, { seed: 1 });
    const step = (...batches: Batch[]) => stepper.step({ batches, learningRate: 0.1, lossScale: 1, seen: 0 });
    for (const seed of [1, 2, 3]) await step(randomBatch(seed, 2, 4));
    expect(executor.open()).toBe(1);
    await step(randomBatch(1, 4, 2)); // as many numbers, but another shape
    expect(executor.open()).toBe(2);
    for (const seed of [1, 2]) await step(randomBatch(seed, 2, 4), randomBatch(seed, 3, 4));
    expect(executor.open()).toBe(5); // two parts and the update
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
