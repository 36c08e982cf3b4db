import { Random } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CrossValidatedHead, type CrossValidationOptions, fitWithCrossValidation } from "./cross-validation.ts";
import { stratifiedFolds } from "./folds.ts";
import type { HeadData } from "./linear-head.ts";

describe("stratifiedFolds()", () => {
  it("tests every row of a repeated class once, with equal shares of the classes, and keeps groups together", () => {
    const rows = fc.array(fc.nat(3), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 6 }), fc.integer(), (classes, count, seed) => {
        const folds = stratifiedFolds(classes, count, new Random(seed, "folds"));
        const tested = folds.flatMap(({ test }) => [...test]).sort((a, b) => a - b);
        const repeated = [...classes.keys()].filter((row) => classes.filter((id) => id === classes[row]).length > 1);
        if (folds.length === count) expect(tested).toEqual(repeated);
        for (const { train, test } of folds) {
          expect(new Set([...train, ...test]).size).toBe(classes.length);
          for (const id of new Set(classes)) {
            const share = classes.filter((other) => other === id).length / count;
            if (share * count > 1)
              expect(Math.abs([...test].filter((row) => classes[row] === id).length - share)).toBeLessThan(1);
          }
        }
      }),
    );
    const groups = [0, 0, 0, 1, 2, 2, 3, 3];
    for (const { train, test } of stratifiedFolds([0, 0, 0, 0, 1, 1, 1, 1], 2, new Random(1, "folds"), groups))
      for (const row of test) expect([...train].some((other) => groups[other] === groups[row])).toBe(false);
  });
});

describe("fitWithCrossValidation()", () => {
  it("chooses a weak penalty for data without noise, and a strong one for random labels", () => {
    const clean = fit(dataOf(80, 0));
    const noisy = fit(dataOf(80, 1));
    expect(clean.penalty).toBeLessThan(0.01);
    expect(noisy.penalty).toBeGreaterThanOrEqual(1);
    expect(clean.loss).toBeLessThan(0.2);
    expect(noisy.loss).toBeCloseTo(Math.log(2), 1);
  });

  it("returns logits for every row from heads that were not fitted to the row", () => {
    // With one feature per row, a head knows only the rows that it was fitted to.
    const rows = 20;
    const classes = Array.from({ length: rows }, (_, row) => row % 2);
    const features = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
    const targets = Float64Array.from(classes.flatMap((id) => [1 - id, id]));
    const { outOfFold, repeats, folds } = fit({ features, columns: rows, targets, outputs: 2, classes });
    expect({ repeats, folds }).toEqual({ repeats: 3, folds: 10 });
    for (const logit of outOfFold) expect(Math.abs(logit)).toBeLessThan(1e-3);
  });

  it("is deterministic, and fits without folds if every class has one row", () => {
    expect(fit(dataOf(30, 0.2))).toEqual(fit(dataOf(30, 0.2)));
    const single = { features: Float32Array.of(-1, 1), columns: 1, targets: Float64Array.of(1, 0, 0, 1), outputs: 2 };
    const { loss, outOfFold, head } = fit({ ...single, classes: [0, 1] });
    expect(loss).toBeUndefined();
    expect(outOfFold.every(Number.isNaN)).toBe(true);
    expect(head.weight[1]).toBeGreaterThan(0);
  });
});

type Data = HeadData & Pick<CrossValidationOptions, "classes">;

/** Returns two classes that differ in one of ten features, and a share of random labels. */
function dataOf(rows: number, noise: number): Data {
  const random = new Random(5, "data");
  const columns = 10;
  const features = Float32Array.from({ length: rows * columns }, () => random.nextNormal());
  const classes = Array.from({ length: rows }, (_, row) =>
    random.nextFloat() < noise ? random.nextInt(2) : Number(features[row * columns]! > 0),
  );
  return { features, columns, targets: Float64Array.from(classes.flatMap((id) => [1 - id, id])), outputs: 2, classes };
}

function fit({ classes, ...data }: Data): CrossValidatedHead {
  const steps = fitWithCrossValidation(data, { link: "softmax", classes, random: new Random(42, "folds") });
  let next = steps.next();
  while (!next.done) {
    expect(next.value.fits).toBeLessThanOrEqual(next.value.maxFits);
    next = steps.next();
  }
  return next.value;
}
