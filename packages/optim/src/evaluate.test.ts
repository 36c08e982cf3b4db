import type { Batch } from "@bertie/common";
import { createOnnxExecutor, createReferenceExecutor, type Executor, gather, reshape, slice } from "@bertie/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Classifier } from "./classifier.ts";
import { classify, type EvaluationEvent, evaluate, prepareEvaluation, probabilities } from "./evaluate.ts";
import { writeParameters } from "./stepper.ts";
import { countingExecutor, joined, randomBatch, tinyClassifier, withParameters } from "./testing/tiny-classifier.ts";

/** Its logits for a text stand in its table, in the row that the first word names. */
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

const texts = (words: number[], labels: number[]): Batch => ({
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
  it("gives the mean loss and the accuracy of the examples, not of the batches", async () => {
    const batches = [texts([0, 1, 2], [0, 2, 1]), texts([2], [0])];
    const { events, result } = await collect(evaluate(await tableExecutor(), table, batches));
    // −log of the label's part: 1/3, then e²/(e + 2e²), then 5/8 and 2/8
    const losses = [1 / 3, Math.E / (1 + 2 * Math.E), 5 / 8, 2 / 8].map((part) => -Math.log(part));
    expect(result.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 4, 6);
    expect(result).toMatchObject({ examples: 4, accuracy: 0.5 });
    expect([...result.predictions]).toEqual([0, 1, 1, 1]); // the first of equals
    expect([...result.labels]).toEqual([0, 2, 1, 0]);
    expect(events).toEqual([
      { type: "eval-batch", batches: 1, examples: 3 },
      { type: "eval-batch", batches: 2, examples: 4 },
      { type: "eval-end", ...result },
    ]);
  });

  it("gives the same whatever the batches are cut into", async () => {
    const classifier = tinyClassifier(0.5); // without a seed: evaluation draws no dropout
    const executor = await withParameters(createReferenceExecutor(), classifier);
    const singles = Array.from({ length: 7 }, (_, i) => randomBatch(i, 1));
    const { result: whole } = await collect(evaluate(executor, classifier, [joined(singles)]));
    const cuts = fc.subarray([1, 2, 3, 4, 5, 6]);
    await fc.assert(
      fc.asyncProperty(cuts, async (cuts) => {
        const batches = [0, ...cuts].map((start, i) => joined(singles.slice(start, [...cuts, 7][i])));
        const { result } = await collect(evaluate(executor, classifier, batches));
        expect(result.loss).toBeCloseTo(whole.loss, 6);
        expect(result).toEqual({ ...whole, loss: result.loss });
      }),
      { numRuns: 10 },
    );
  });

  it("refuses rows without a label", async () => {
    const run = evaluate(await tableExecutor(), table, [texts([0, 1], [1, -1])]);
    await expect(collect(run)).rejects.toThrow("labels");
  });
});

describe("classify()", () => {
  it("gives logits and predictions, and losses where all rows have labels", async () => {
    const batches = [texts([2, 3], [1, 0]), texts([1, 3], [1, -1]), texts([0], [-1])];
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
    expect(answers[0]!.losses![1]).toBeCloseTo(200, 4); // finite, though its probability is 0 in float32
  });

  it("answers alike on onnx", async () => {
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

  it("takes a generator with the caller's own batches, and hands them back", async () => {
    const own = function* () {
      yield { ...texts([1], [-1]), rows: [17] };
      yield { ...texts([2], [-1]), rows: [4] };
    };
    const order: number[] = [];
    for await (const { batch } of classify(await tableExecutor(), table, own())) order.push(...batch.rows);
    expect(order).toEqual([17, 4]);
  });

  it("disposes of its programs at the end, and when nobody listens any more", async () => {
    const executor = countingExecutor(await tableExecutor());
    const batches = [texts([2, 3], [1, 0]), texts([1], [-1])];
    let open = 0;
    for await (const _ of classify(executor, table, batches)) open = executor.open();
    expect([open, executor.open()]).toEqual([2, 0]);
    for await (const _ of classify(executor, table, batches)) break;
    expect(executor.open()).toBe(0);
  });

  it("runs programs that were prepared for the shapes of the batches, and leaves them", async () => {
    const executor = countingExecutor(await tableExecutor());
    const shapes = [1, 2].map((size) => ({ size, length: 1 }));
    const programs = await prepareEvaluation(executor, table, shapes, true);
    expect(executor.open()).toBe(2);
    const batches = [texts([2, 3], [1, 0]), texts([1], [2])];
    const { result } = await collect(evaluate(executor, table, batches, { programs }));
    expect(result).toEqual((await collect(evaluate(executor, table, batches))).result);
    expect(executor.open()).toBe(2);
    await programs.dispose();
    expect(executor.open()).toBe(0);
  });

  it("refuses to answer with weights that are NaN", async () => {
    const answers = classify(await tableExecutor(rows.flat().fill(Number.NaN)), table, [texts([0], [-1])]);
    await expect(answers.next()).rejects.toMatchObject({ name: "BertieError", code: "classify/not-a-number" });
  });
});

describe("probabilities()", () => {
  it("is the sigmoid of a single class", () => {
    const parts = probabilities(Float32Array.from([0, Math.log(3), -200]), 3);
    expect([...parts].map((part) => part.toFixed(6))).toEqual(["0.500000", "0.750000", "0.000000"]);
  });

  it("is the softmax of each row", () => {
    const parts = probabilities(Float32Array.from([Math.log(2), Math.log(5), 0, 0, 0, 0]), 2);
    for (const [i, part] of [2 / 8, 5 / 8, 1 / 8, 1 / 3, 1 / 3, 1 / 3].entries()) expect(parts[i]).toBeCloseTo(part, 6);
  });

  it("sums to 1 in each row, in the order of the logits, however large they are", () => {
    const logit = fc.double({ min: -1e30, max: 1e30, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(logit, logit, logit, logit), { minLength: 1, maxLength: 5 }), (rows) => {
        const logits = Float32Array.from(rows.flat());
        const parts = probabilities(logits, rows.length);
        for (let row = 0; row < rows.length; row++) {
          const [ours, theirs] = [parts, logits].map((all) => [...all.subarray(row * 4, row * 4 + 4)]);
          expect(ours!.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
          expect(ours!.every((part) => part >= 0 && part <= 1)).toBe(true);
          expect(ours![theirs!.indexOf(Math.max(...theirs!))]).toBe(Math.max(...ours!));
        }
      }),
    );
  });
});
