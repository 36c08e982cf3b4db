import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputExample } from "../example.ts";
import { parseRanges } from "./row-ranges.ts";
import { type SplitRows, splitExamples, splitFolds } from "./split.ts";

const labels = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 2, maxLength: 200 });
const fraction = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const seed = fc.nat(1000);

const singles = (names: readonly string[]): InputExample[] =>
  names.map((label, i) => ({ guid: `${i}`, textA: `text ${i}`, label }));
const countsOf = (examples: readonly InputExample[], rows: readonly number[]) => {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(examples[row]!.label!, (counts.get(examples[row]!.label!) ?? 0) + 1);
  return counts;
};
const expectPartition = ({ train, evaluation }: SplitRows, rows: number) =>
  expect([...train, ...evaluation].toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
/** Groups and texts of rows, which must not be on both sides. */
const expectDisjoint = (examples: readonly InputExample[], { train, evaluation }: SplitRows) => {
  for (const key of ["group", "textA"] as const) {
    const inTrain = new Set(train.map((row) => examples[row]![key]?.toLowerCase()));
    const shared = evaluation.filter((row) => examples[row]![key] && inTrain.has(examples[row]![key]!.toLowerCase()));
    expect(shared).toEqual([]);
  }
};

describe("splitExamples()", () => {
  it("puts every row on one side, with class sizes within 1, and classes of at least 2 rows on both sides", () => {
    fc.assert(
      fc.property(labels, fraction, seed, (names, evalFraction, seed) => {
        const examples = singles(names);
        const split = splitExamples(examples, { evalFraction, seed });
        expectPartition(split, names.length);
        const [total, held] = [countsOf(examples, [...names.keys()]), countsOf(examples, split.evaluation)];
        const isOneEach = [...total.values()].every((count) => count === 1);
        for (const [label, count] of total) {
          const evaluated = held.get(label) ?? 0;
          if (!isOneEach) expect(Math.abs(evaluated - evalFraction * count)).toBeLessThan(1 + 1e-9);
          if (count > 1) expect([evaluated > 0, evaluated < count]).toEqual([true, true]);
        }
        expect(split.evaluation.length).toBeGreaterThan(0);
      }),
    );
  });

  it("has the requested size if the classes allow it", () => {
    const examples = singles(Array.from({ length: 140 }, (_, i) => `label ${i % 10}`));
    expect(splitExamples(examples, { evalFraction: 0.1, seed: 1 }).evaluation).toHaveLength(14);
  });

  it("depends only on the seed, and differs between seeds", () => {
    const examples = singles(Array.from({ length: 100 }, (_, i) => `${i % 2}`));
    const split = (seed: number) => splitExamples(examples, { evalFraction: 0.3, seed }).evaluation;
    expect(split(7)).toEqual(split(7));
    expect(split(7)).not.toEqual(split(8));
  });

  it("keeps groups and equal texts on one side", () => {
    const row = fc.record({
      textA: fc.constantFrom(..."ABCDEFGHIJKLMNabcdefghijklmn"),
      label: fc.constantFrom("x", "y"),
      group: fc.option(fc.constantFrom(..."123456789"), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 60 }), fraction, seed, (rows, evalFraction, seed) => {
        const examples = rows.map(({ group, ...example }, i) => ({
          guid: `${i}`,
          ...example,
          ...(group && { group }),
        }));
        try {
          const split = splitExamples(examples, { evalFraction, seed });
          expectPartition(split, examples.length);
          expectDisjoint(examples, split);
          expect(split.evaluation.length).toBeGreaterThan(0);
          expect(split.train.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "input/no-rows" });
        }
      }),
    );
  });

  it("reaches the fraction with groups, and reports groups and duplicates", () => {
    const examples = Array.from({ length: 1000 }, (_, i) => ({
      ...{ guid: `${i}`, textA: `${i % 900}`, label: i % 3 ? "a" : "b", group: `${i % 90}` },
    }));
    const split = splitExamples(examples, { evalFraction: 0.2, seed: 3 });
    expectDisjoint(examples, split);
    expect(Math.abs(split.evaluation.length - 200)).toBeLessThan(15);
    expect(split.record).toMatchObject({ groups: 90, duplicates: 100, rows: 1000, seed: 3, evalFraction: 0.2 });
  });

  it("stratifies several labels per row", () => {
    const random = fc.sample(fc.subarray(["a", "b", "c", "rare"]), { numRuns: 400, seed: 5 });
    const examples = random.map((labels, i) => ({
      ...{ guid: `${i}`, textA: `${i}`, labels: i % 40 === 0 ? labels : labels.filter((label) => label !== "rare") },
    }));
    const { train, evaluation } = splitExamples(examples, { evalFraction: 0.25, seed: 1 });
    expectPartition({ train, evaluation }, 400);
    for (const label of ["a", "b", "c", "rare"]) {
      const count = (rows: readonly number[]) => rows.filter((row) => examples[row]!.labels.includes(label)).length;
      expect(Math.abs(count(evaluation) - 0.25 * (count(train) + count(evaluation)))).toBeLessThanOrEqual(3);
      expect(count(evaluation)).toBeGreaterThan(0);
    }
    expect(Math.abs(evaluation.length - 100)).toBeLessThanOrEqual(3);
  });

  it("stratifies values by bins", () => {
    const examples = Array.from({ length: 500 }, (_, i) => ({ guid: `${i}`, textA: `${i}`, value: (i * i) % 97 }));
    const { train, evaluation } = splitExamples(examples, { evalFraction: 0.2, seed: 1 });
    const mean = (rows: readonly number[]) => rows.reduce((sum, row) => sum + examples[row]!.value, 0) / rows.length;
    expect(evaluation).toHaveLength(100);
    expect(Math.abs(mean(train) - mean(evaluation))).toBeLessThan(2);
  });

  it("records the lines of the evaluation rows for each file", () => {
    const examples = singles(Array.from({ length: 40 }, (_, i) => `${i % 2}`)).map((example, i) => ({
      ...example,
      source: { fileName: i < 20 ? "a.tsv" : "b.tsv", line: 2 + (i % 20) },
    }));
    const { evaluation, record } = splitExamples(examples, { evalFraction: 0.25, seed: 1 });
    const recovered = record.evaluationRows[0]!.flatMap(({ file, rows }) =>
      parseRanges(rows).map((line) =>
        examples.findIndex(({ source }) => source.fileName === file && source.line === line),
      ),
    );
    expect(recovered).toEqual(evaluation);
  });

  it("rejects invalid fractions, and rows that cannot be split", () => {
    for (const evalFraction of [0, 1, -0.1, Number.NaN])
      expect(() => splitExamples(singles(["a", "b"]), { evalFraction, seed: 1 })).toThrow(/--eval-fraction/);
    const same = Array.from({ length: 9 }, (_, i) => ({ guid: `${i}`, textA: "same", label: "a" }));
    expect(() => splitExamples(same, { evalFraction: 0.5, seed: 1 })).toThrow(/2 different texts .*found 1 in 9 rows/);
  });
});

describe("splitFolds()", () => {
  it("evaluates every row once, with fold sizes and class sizes within 1", () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 2, max: 8 }), seed, (names, k, seed) => {
        fc.pre(names.length >= k);
        const examples = singles(names);
        const { folds } = splitFolds(examples, { k, seed });
        for (const fold of folds) expectPartition(fold, names.length);
        const evaluated = folds.flatMap(({ evaluation }) => evaluation).toSorted((a, b) => a - b);
        expect(evaluated).toEqual([...names.keys()]);
        const sizes = folds.map(({ evaluation }) => evaluation.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const label of new Set(names)) {
          const counts = folds.map(({ evaluation }) => countsOf(examples, evaluation).get(label) ?? 0);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
        expect(splitFolds(examples, { k, seed }).folds).toEqual(folds);
      }),
    );
  });

  it("keeps groups in one fold, and records the rows of each fold", () => {
    const examples = Array.from({ length: 300 }, (_, i) => ({
      ...{ guid: `${i}`, textA: `${i}`, label: `${i % 2}`, group: `${i % 50}` },
    }));
    const { folds, record } = splitFolds(examples, { k: 5, seed: 2 });
    for (const fold of folds) expectDisjoint(examples, fold);
    expect(record.evaluationRows.map(([rows]) => parseRanges(rows!.rows))).toEqual(
      folds.map((fold) => fold.evaluation),
    );
    expect(folds.map(({ evaluation }) => evaluation.length)).toEqual([60, 60, 60, 60, 60]);
  });

  it("rejects too many folds", () => {
    expect(() => splitFolds(singles(["a", "b"]), { k: 3, seed: 1 })).toThrow(/at least 3 different texts/);
    expect(() => splitFolds(singles(["a", "b"]), { k: 1.5, seed: 1 })).toThrow(/--folds/);
  });
});
