import type { Batch } from "@bertie/common";
import { createOnnxExecutor, createReferenceExecutor, type Executor, gather, reshape, slice } from "@bertie/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Classifier } from "./classifier.ts";
import { classify, type EvaluationEvent, evaluate, prepareEvaluation, probabilities } from "./evaluate.ts";
import { writeParameters } from "./stepper.ts";
import {
  countingExecutor,
  joinBatches,
  randomBatch,
  tinyClassifier,
  withParameters,
} from "./testing/tiny-classifier.ts";

/** Classifier that looks up the logits of a text in a table. The first token id selects the row. */
const table: Classifier = {
  parameters: [{ name: "table", shape: [4, 3], decay: true }],
  logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 3]),
};
const rows = [
  [0, 0, 0],
  [1, 2, 2],
  [Math.log(2), Math.log(5), 0],
  [-100, 0, 100],
].map((row) => row.map(Math.fround));

async function tableExecutor(values = rows.flat()) {
  const executor = createReferenceExecutor();
  await writeParameters(executor, table, new Map([["table", Float32Array.from(values)]]));
  return executor;
}

const batchOf = (words: number[], labels: number[]): Batch => ({
  size: words.length,
  length: 1,
  inputIds: Int32Array.from(words),
  inputMask: new Int32Array(words.length).fill(1),
  segmentIds: new Int32Array(words.length),
  labelIds: Int32Array.from(labels),
});

async function collect(run: ReturnType<typeof evaluate>) {
  const events: EvaluationEvent[] = [];
  for (let next = await run.next(); ; next = await run.next()) {
    if (next.done) return { events, result: next.value };
    events.push(next.value);
  }
}

describe("evaluate()", () => {
  it("averages loss and accuracy over examples, not over batches", async () => {
    const batches = [batchOf([0, 1, 2], [0, 2, 1]), batchOf([2], [0])];
    const { events, result } = await collect(evaluate(await tableExecutor(), table, batches));
    // The labels' probabilities are 1/3, e²/(e + 2e²), 5/8 and 2/8.
    const losses = [1 / 3, Math.E / (1 + 2 * Math.E), 5 / 8, 2 / 8].map((probability) => -Math.log(probability));
    expect(result.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 4, 6);
    expect(result).toMatchObject({ examples: 4, accuracy: 0.5 });
    expect([...result.predictions]).toEqual([0, 1, 1, 1]); // the smallest id if several logits are equal
    expect([...result.labels]).toEqual([0, 2, 1, 0]);
    expect(events).toEqual([
      { type: "eval-batch", batches: 1, examples: 3 },
      { type: "eval-batch", batches: 2, examples: 4 },
      { type: "eval-end", ...result },
    ]);
  });

  it("compares every label with its target in multi-label classification", async () => {
    const executor = await tableExecutor([0, 0, 0, 1, -2, 2, -1, -1, -1, 3, 0.5, -0.5]);
    const targets = [1, 1, 1, 1, 0, 0, 0, 0, 0];
    const batch = { ...batchOf([0, 1, 2], [-1, -1, -1]), targets: Float32Array.from(targets) };
    const classifier = { ...table, loss: { problemType: "multi_label_classification" } } as const;
    const { result } = await collect(evaluate(executor, classifier, [batch, batch]));
    const logits = [0, 0, 0, 1, -2, 2, -1, -1, -1];
    const losses = logits.map((logit, i) => Math.log(1 + Math.exp(targets[i] === 1 ? -logit : logit)));
    expect(result.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 9, 6);
    expect([...result.predictions.subarray(0, 9)]).toEqual([1, 1, 1, 1, 0, 1, 0, 0, 0]); // 0.5 counts as predicted
    expect(result.accuracy).toBeCloseTo(2 / 3, 12); // the second row has a wrong label
    expect([...result.targets!]).toEqual([...targets, ...targets]);
  });

  it("averages the squared error in regression, which has neither predictions nor accuracy", async () => {
    const classifier: Classifier = {
      parameters: [{ name: "table", shape: [4, 1], decay: true }],
      loss: { problemType: "regression" },
      logits: (p, { inputIds }) => gather(p("table"), reshape(inputIds, [inputIds.shape[0]!])),
    };
    const executor = createReferenceExecutor();
    await writeParameters(executor, classifier, new Map([["table", Float32Array.of(0, 1, 2, 3)]]));
    const batch = { ...batchOf([1, 3], [-1, -1]), targets: Float32Array.of(0.5, 5) };
    const { result } = await collect(evaluate(executor, classifier, [batch]));
    expect(result.loss).toBeCloseTo((0.25 + 4) / 2, 6);
    expect(result).toMatchObject({ examples: 2, accuracy: Number.NaN, predictions: new Int32Array() });
    expect([...result.logits]).toEqual([1, 3]);
  });

  it("returns the same result regardless of how the examples are batched", async () => {
    const classifier = tinyClassifier(0.5); // Evaluation does not use dropout, so it needs no seed.
    const executor = await withParameters(createReferenceExecutor(), classifier);
    const singles = Array.from({ length: 7 }, (_, i) => randomBatch(i, 1));
    const { result: whole } = await collect(evaluate(executor, classifier, [joinBatches(singles)]));
    const boundaries = fc.subarray([1, 2, 3, 4, 5, 6]);
    await fc.assert(
      fc.asyncProperty(boundaries, async (boundaries) => {
        const batches = [0, ...boundaries].map((start, i) => joinBatches(singles.slice(start, [...boundaries, 7][i])));
        const { result } = await collect(evaluate(executor, classifier, batches));
        expect(result.loss).toBeCloseTo(whole.loss, 6);
        expect(result).toEqual({ ...whole, loss: result.loss });
      }),
      { numRuns: 10 },
    );
  });

  it("rejects rows without a label", async () => {
    const run = evaluate(await tableExecutor(), table, [batchOf([0, 1], [1, -1])]);
    await expect(collect(run)).rejects.toThrow("requires a label for every row");
  });
});

describe("classify()", () => {
  it("yields logits and predictions, and losses for batches in which all rows have labels", async () => {
    const batches = [batchOf([2, 3], [1, 0]), batchOf([1, 3], [1, -1]), batchOf([0], [-1])];
    const answers = [];
    for await (const answer of classify(await tableExecutor(), table, batches)) answers.push(answer);
    expect(answers.map(({ batch }) => batch)).toEqual(batches);
    expect(answers.map(({ logits }) => [...logits])).toEqual([
      [...rows[2]!, ...rows[3]!],
      [...rows[1]!, ...rows[3]!],
      rows[0],
    ]);
    expect(answers.map(({ predictions }) => [...predictions])).toEqual([[1, 2], [1, 2], [0]]);
    expect(answers.map(({ losses }) => losses?.length)).toEqual([2, undefined, undefined]);
    expect(answers[0]!.losses![0]).toBeCloseTo(-Math.log(5 / 8), 6);
    expect(answers[0]!.losses![1]).toBeCloseTo(200, 4); // finite, although the probability is 0 in float32
  });

  it("yields the same logits on the onnx and reference engines", async () => {
    const classifier = tinyClassifier();
    const batch = randomBatch(3, 5);
    const logitsOn = async (executor: Executor) => {
      const logits: number[] = [];
      await withParameters(executor, classifier);
      for await (const answer of classify(executor, classifier, [batch])) logits.push(...answer.logits);
      await executor.dispose();
      return logits;
    };
    const expected = await logitsOn(createReferenceExecutor());
    const logits = await logitsOn(await createOnnxExecutor({ threads: 1 }));
    expect(logits).toHaveLength(15);
    for (const [i, logit] of logits.entries()) expect(logit).toBeCloseTo(expected[i]!, 5);
  });

  it("accepts a generator, and yields the caller's batch objects", async () => {
    const generate = function* () {
      yield { ...batchOf([1], [-1]), rows: [17] };
      yield { ...batchOf([2], [-1]), rows: [4] };
    };
    const order: number[] = [];
    for await (const { batch } of classify(await tableExecutor(), table, generate())) order.push(...batch.rows);
    expect(order).toEqual([17, 4]);
  });

  it("disposes of its programs at the end and when the caller stops early", async () => {
    const executor = countingExecutor(await tableExecutor());
    const batches = [batchOf([2, 3], [1, 0]), batchOf([1], [-1])];
    let open = 0;
    for await (const _ of classify(executor, table, batches)) open = executor.open();
    expect([open, executor.open()]).toEqual([2, 0]);
    for await (const _ of classify(executor, table, batches)) break;
    expect(executor.open()).toBe(0);
  });

  it("runs programs from prepareEvaluation() without disposing of them", async () => {
    const executor = countingExecutor(await tableExecutor());
    const shapes = [1, 2].map((size) => ({ size, length: 1 }));
    const programs = await prepareEvaluation(executor, table, shapes, true);
    expect(executor.open()).toBe(2);
    const batches = [batchOf([2, 3], [1, 0]), batchOf([1], [2])];
    const { result } = await collect(evaluate(executor, table, batches, { programs }));
    expect(result).toEqual((await collect(evaluate(executor, table, batches))).result);
    expect(executor.open()).toBe(2);
    await programs.dispose();
    expect(executor.open()).toBe(0);
  });

  it("throws if weights are NaN", async () => {
    const answers = classify(await tableExecutor(rows.flat().fill(Number.NaN)), table, [batchOf([0], [-1])]);
    await expect(answers.next()).rejects.toMatchObject({ name: "BertieError", code: "classify/not-a-number" });
  });
});

describe("probabilities()", () => {
  it("returns the sigmoid of a single class", () => {
    const values = probabilities(Float32Array.from([0, Math.log(3), -200]), 3);
    expect([...values].map((value) => value.toFixed(6))).toEqual(["0.500000", "0.750000", "0.000000"]);
  });

  it("returns the softmax of each row", () => {
    const values = probabilities(Float32Array.from([Math.log(2), Math.log(5), 0, 0, 0, 0]), 2);
    const expected = [2 / 8, 5 / 8, 1 / 8, 1 / 3, 1 / 3, 1 / 3];
    for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 6);
  });

  it("sums to 1 in each row and keeps the order of the logits, even if they are large", () => {
    const logit = fc.double({ min: -1e30, max: 1e30, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(logit, logit, logit, logit), { minLength: 1, maxLength: 5 }), (rows) => {
        const logits = Float32Array.from(rows.flat());
        const values = probabilities(logits, rows.length);
        for (let row = 0; row < rows.length; row++) {
          const [actual, scores] = [values, logits].map((all) => [...all.subarray(row * 4, row * 4 + 4)]);
          expect(actual!.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
          expect(actual!.every((value) => value >= 0 && value <= 1)).toBe(true);
          expect(actual![scores!.indexOf(Math.max(...scores!))]).toBe(Math.max(...actual!));
        }
      }),
    );
  });
});
