import {
  createReferenceExecutor,
  float32,
  grad,
  int32,
  type Tensor,
  type TensorData,
  type Tracer,
  trace,
} from "@bertie/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchWeight, isLabeled, type LossSpec, traceLoss, traceRowLosses } from "./loss.ts";
import { randomBatch } from "./testing/tiny-classifier.ts";

const single = "single_label_classification";
const multi = "multi_label_classification";
type Labels = Record<"labelIds" | "targets", TensorData>;

/** Computes the loss, its gradient and the losses of the rows in double precision, for logits `[rows, classes]`. */
async function lossOf(logits: TensorData, labels: Labels, loss?: LossSpec) {
  const run = async (build: (tracer: Tracer, x: Tensor) => Record<string, Tensor>) => {
    const program = trace((tracer) => ({ outputs: build(tracer, tracer.feed("logits", "float32", logits.shape)) }));
    const compiled = await createReferenceExecutor({ precision: "float64" }).compile(program);
    return compiled.run({ logits, ...labels });
  };
  const { value, slope } = await run((tracer, x) => {
    const value = traceLoss(tracer, x, loss);
    return { value, slope: grad(value, [x])[0]! };
  });
  const { rows } = await run((tracer, x) => ({ rows: traceRowLosses(tracer, x, loss) }));
  return { value: value!.data[0]!, slope: Array.from(slope!.data), rows: Array.from(rows!.data) };
}

const number = fc.double({ min: -6, max: 6, noNaN: true });
const matrix = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), classes: fc.integer({ min: 2, max: 4 }) })
  .chain(({ rows, classes }) =>
    fc.record({
      logits: fc.array(number, { minLength: rows * classes, maxLength: rows * classes }),
      targets: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
        minLength: rows * classes,
        maxLength: rows * classes,
      }),
      labelIds: fc.array(fc.nat({ max: classes - 1 }), { minLength: rows, maxLength: rows }),
      weights: fc.array(fc.double({ min: 0.1, max: 9, noNaN: true }), { minLength: classes, maxLength: classes }),
    }),
  );

const specs: Record<string, (weights: readonly number[]) => LossSpec> = {
  "cross-entropy": () => ({}),
  "cross-entropy with class weights": (classWeights) => ({ classWeights }),
  "cross-entropy with label smoothing": () => ({ labelSmoothing: 0.1 }),
  "cross-entropy with both": (classWeights) => ({ classWeights, labelSmoothing: 0.3 }),
  "binary cross-entropy": () => ({ problemType: multi }),
  "binary cross-entropy with class weights": (classWeights) => ({ problemType: multi, classWeights }),
  "squared error": () => ({ problemType: "regression" }),
};

describe("traceLoss()", () => {
  it.each(Object.entries(specs))("has the gradient of finite differences: %s", async (_, specOf) => {
    await fc.assert(
      fc.asyncProperty(matrix, async ({ logits, targets, labelIds, weights }) => {
        const shape = [labelIds.length, logits.length / labelIds.length];
        const labels = {
          labelIds: int32(Int32Array.from(labelIds)),
          targets: { dtype: "float32" as const, shape, data: Float64Array.from(targets) },
        };
        const at = (values: readonly number[]) =>
          lossOf({ dtype: "float32", shape, data: Float64Array.from(values) }, labels, specOf(weights));
        const { slope } = await at(logits);
        const step = 1e-5;
        for (const [i, logit] of logits.entries()) {
          const [above, below] = [await at(logits.with(i, logit + step)), await at(logits.with(i, logit - step))];
          expect(slope[i]).toBeCloseTo((above.value - below.value) / (2 * step), 6);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("is the mean of the rows' losses without class weights and label smoothing", async () => {
    const logits = float32(Float32Array.of(1, -2, 0.5, 3, 0, -1), [3, 2]);
    const labels = {
      labelIds: int32(Int32Array.of(1, 0, 1)),
      targets: float32(Float32Array.of(1, 0, 0, 1, 1, 1), [3, 2]),
    };
    for (const problemType of [single, multi, "regression"] as const) {
      const { value, rows } = await lossOf(logits, labels, { problemType });
      expect(value).toBeCloseTo(rows.reduce((a, b) => a + b) / 3, 12);
    }
  });

  it("stays finite at large logits", async () => {
    const logits = float32(Float32Array.of(-1e4, 1e4, 1e4, -1e4), [2, 2]);
    const labels = { labelIds: int32(Int32Array.of(0, 0)), targets: float32(Float32Array.of(0, 0, 1, 1), [2, 2]) };
    for (const specOf of Object.values(specs)) {
      const { value, slope } = await lossOf(logits, labels, specOf([1, 3]));
      expect([value, ...slope].every(Number.isFinite)).toBe(true);
    }
  });
});

describe("batchWeight()", () => {
  const batch = { ...randomBatch(1, 3), labelIds: Int32Array.of(2, 0, 2) };
  it("is the sum of the rows' class weights in single-label classification, otherwise the number of rows", () => {
    expect(batchWeight(batch, { classWeights: [0.5, 1, 4] })).toBe(8.5);
    expect(batchWeight(batch)).toBe(3);
    expect(batchWeight(batch, { problemType: multi, classWeights: [0.5, 1, 4] })).toBe(3);
  });
});

describe("isLabeled()", () => {
  it("requires labels or targets, depending on the problem", () => {
    const labeled = randomBatch(1, 2);
    const targeted = { ...labeled, labelIds: Int32Array.of(-1, -1), targets: Float32Array.of(1, 2) };
    expect(isLabeled(labeled)).toBe(true);
    expect(isLabeled(labeled, { problemType: multi })).toBe(false);
    expect(isLabeled(targeted)).toBe(false);
    expect(isLabeled(targeted, { problemType: "regression" })).toBe(true);
  });
});
