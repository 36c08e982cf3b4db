import { Random } from "@bertie/common";
import { createOnnxExecutor, createReferenceExecutor, type Executor, float32, scalar, trace } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { allFinite, type BertAdamOptions, bertAdam, updatedIf } from "./bert-adam.ts";

const shape = [2, 3];
const size = 6;

interface AdamRun {
  readonly parameter: number[];
  readonly m: number[];
  readonly v: number[];
  readonly squaredNorms: number[];
}

/** Computes the update rule element by element in double precision. */
function plainBertAdam(start: number[], gradients: number[][], rates: number[], decay: number, maxNorm = 1): AdamRun {
  const [b1, b2, e] = [0.9, 0.999, 1e-6];
  const parameter = start.slice();
  const m = start.map(() => 0);
  const v = start.map(() => 0);
  const squaredNorms = gradients.map((gradient) => gradient.reduce((total, g) => total + g * g, 0));
  for (const [step, gradient] of gradients.entries()) {
    const clip = maxNorm / (Math.sqrt(squaredNorms[step]!) + 1e-6);
    for (const [i, unclipped] of gradient.entries()) {
      const g = maxNorm > 0 && clip < 1 ? unclipped * clip : unclipped;
      m[i] = b1 * m[i]! + (1 - b1) * g;
      v[i] = b2 * v[i]! + (1 - b2) * g ** 2;
      const u = m[i]! / (Math.sqrt(v[i]!) + e) + decay * parameter[i]!;
      parameter[i] = parameter[i]! - rates[step]! * u;
    }
  }
  return { parameter, m, v, squaredNorms };
}

async function tracedBertAdam(
  executor: Executor,
  start: number[],
  gradients: number[][],
  rates: number[],
  decay: boolean,
  options?: BertAdamOptions,
): Promise<AdamRun> {
  const program = trace(({ feed, state }) => {
    const before = {
      parameter: state("p", "float32", shape),
      m: state("m", "float32", shape),
      v: state("v", "float32", shape),
    };
    const rate = feed("rate", "float32", []);
    const after = bertAdam(before, feed("gradient", "float32", shape), rate, decay, options);
    return { updates: { p: after.parameter, m: after.m, v: after.v }, outputs: { squaredNorm: after.squaredNorm } };
  });
  const compiled = await executor.compile(program);
  await executor.write("p", float32(Float32Array.from(start), shape));
  for (const name of ["m", "v"]) await executor.write(name, float32(new Float32Array(size), shape));
  const squaredNorms: number[] = [];
  for (const [step, gradient] of gradients.entries()) {
    const feeds = { gradient: float32(Float32Array.from(gradient), shape), rate: scalar(rates[step]!) };
    squaredNorms.push((await compiled.run(feeds)).squaredNorm!.data[0]!);
  }
  const read = async (name: string) => Array.from((await executor.read(name)).data);
  const result = { parameter: await read("p"), m: await read("m"), v: await read("v"), squaredNorms };
  await executor.dispose();
  return result;
}

function largestDifference(a: AdamRun, b: AdamRun): number {
  const flat = ({ parameter, m, v, squaredNorms }: AdamRun) => [...parameter, ...m, ...v, ...squaredNorms];
  return Math.max(...flat(a).map((x, i) => Math.abs(x - flat(b)[i]!)));
}

const random = new Random(3, "gradients");
/** Draws numbers that are exact in float32, so that all implementations start from the same values. */
const numbers = (scale: number) => Array.from({ length: size }, () => Math.fround(scale * random.nextNormal()));
const start = numbers(0.5);
const rates = [0, 1e-3, 0.01, 0.05, 0.02, 0].map(Math.fround);
const steps = (scale: number) => rates.map(() => numbers(scale));
const gradients: Readonly<Record<string, number[][]>> = {
  "far below the norm": steps(1e-3),
  "far above the norm": steps(30),
  "around the norm": steps(0.4),
  zero: rates.map(() => new Array<number>(size).fill(0)),
  "zero at first": [...rates.slice(1).map(() => new Array<number>(size).fill(0)), numbers(1)],
};
const executors: Readonly<Record<string, [() => Promise<Executor> | Executor, number]>> = {
  "reference in float64": [() => createReferenceExecutor({ precision: "float64" }), 1e-12],
  "reference in float32": [() => createReferenceExecutor(), 1e-6],
  "onnx cpu": [() => createOnnxExecutor({ threads: 1 }), 1e-6],
};

describe.each(Object.entries(executors))("bertAdam() on %s", (_, [create, tolerance]) => {
  it.each(Object.entries(gradients))("follows the update rule with gradients %s", async (_, gradients) => {
    for (const decay of [true, false]) {
      const expected = plainBertAdam(start, gradients, rates, decay ? 0.01 : 0);
      const actual = await tracedBertAdam(await create(), start, gradients, rates, decay);
      const scale = Math.max(1, ...expected.squaredNorms);
      expect(largestDifference(actual, expected) / scale).toBeLessThan(tolerance);
    }
  });
});

describe("bertAdam()", () => {
  const inDoubles = (gradients: number[][], decay: boolean, options: BertAdamOptions) =>
    tracedBertAdam(createReferenceExecutor({ precision: "float64" }), start, gradients, rates, decay, options);

  it.each([0.5, 4, 0, -1, Infinity])("clips to maxGradNorm %d only if it is above 0 and finite", async (norm) => {
    const expected = plainBertAdam(start, gradients["far above the norm"]!, rates, 0, norm);
    const actual = await inDoubles(gradients["far above the norm"]!, false, { maxGradNorm: norm });
    expect(largestDifference(actual, expected)).toBeLessThan(1e-9);
  });

  it("applies the given hyperparameters", async () => {
    const options = { weightDecay: 0.2, beta1: 0, beta2: 0, epsilon: 1e-3, maxGradNorm: 100 };
    const gradient = numbers(0.4);
    // With both decay rates 0, the update depends on one gradient only and has a closed form.
    const actual = await tracedBertAdam(
      createReferenceExecutor({ precision: "float64" }),
      start,
      [gradient],
      [0.5],
      true,
      options,
    );
    for (const [i, p] of start.entries()) {
      const g = gradient[i]!;
      expect(actual.parameter[i]).toBeCloseTo(p - 0.5 * (g / (Math.abs(g) + 1e-3) + 0.2 * p), 12);
    }
  });
});

describe("allFinite() and updatedIf()", () => {
  it.each([
    ["finite values", [0, -1, 3e38, 1e-45, 5, 6], true],
    ["finite values with an infinite sum", [3e38, 3e38, 3e38, 1, 2, 3], true],
    ["an infinity", [0, Infinity, 1, 2, 3, 4], false],
    ["a negative infinity", [0, 1, 1, 2, 3, -Infinity], false],
    ["a NaN", [Number.NaN, 1, 1, 2, 3, 4], false],
  ])("keep the old state unless all elements are finite: %s", async (_, values, finite) => {
    const program = trace(({ feed, state }) => {
      const x = state("x", "float32", shape);
      const gradient = feed("gradient", "float32", shape);
      const before = { parameter: x, m: x, v: x };
      const after = { parameter: gradient, m: gradient, v: gradient };
      const next = updatedIf(allFinite([x, gradient]), before, after);
      return { updates: { x: next.parameter, m: next.m, v: next.v } };
    });
    for (const executor of [createReferenceExecutor(), await createOnnxExecutor({ threads: 1 })]) {
      await executor.write("x", float32(Float32Array.from(start), shape));
      await (await executor.compile(program)).run({ gradient: float32(Float32Array.from(values), shape) });
      const expected = Float32Array.from(finite ? values : start);
      for (const name of ["x", "m", "v"]) expect((await executor.read(name)).data).toEqual(expected);
      await executor.dispose();
    }
  });
});
