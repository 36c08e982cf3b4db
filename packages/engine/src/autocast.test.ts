import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { autocast } from "./autocast.ts";
import type { Executor } from "./executor.ts";
import { createReferenceExecutor } from "./executors/reference/reference-executor.ts";
import { grad } from "./grad.ts";
import type { Tensor } from "./graph.ts";
import { layerNorm, softmax } from "./ops/composite.ts";
import { add, cast, gelu, mul, tanh } from "./ops/elementwise.ts";
import { reshape, transpose } from "./ops/layout.ts";
import { linear, matmul } from "./ops/matmul.ts";
import { sum } from "./ops/reduce.ts";
import { oneHot } from "./ops/rows.ts";
import type { Program } from "./program.ts";
import { compareExecutors } from "./testing/compare-executors.ts";
import { floats } from "./testing/evaluate.ts";
import { randomProgram } from "./testing/random-graph.ts";
import { trace } from "./trace.ts";

type Build = (x: Tensor, w: Tensor) => Tensor;

function traced(build: Build, precision: "float32" | "float16" | "bfloat16" = "bfloat16"): Program {
  return trace(({ feed }) => ({ outputs: { y: build(feed("x", "float32", [2, 2]), feed("w", "float32", [2, 2])) } }), {
    precision,
  });
}

/** Returns each op with the dtype of its result, without feeds. */
const opsOf = ({ nodes }: Program): string[] =>
  nodes.flatMap(({ op, outputs }) => (op === "feed" ? [] : [`${op} ${outputs[0]!.dtype}`]));

const halfMatmul = ["cast bfloat16", "cast bfloat16", "matmul bfloat16", "cast float32"];

describe("trace() with precision bfloat16", () => {
  it("casts the operands and results of matmuls, and computes other ops in float32", () => {
    expect(opsOf(traced((x, w) => softmax(tanh(matmul(x, w)))))).toEqual([
      ...halfMatmul,
      "tanh float32",
      "softmax float32",
    ]);
    const normalized = traced((x, w) => layerNorm(add(x, w), sum(x, 0), sum(w, 0), 1));
    expect(opsOf(normalized).join()).not.toContain("16");
  });

  it("rounds the operands and results of matmuls, and adds in float32", async () => {
    const compiled = await createReferenceExecutor().compile(traced((x, w) => add(matmul(x, w), x)));
    const [x, w] = [floats([2, 2], 1 / 3, 0, 0, 3), floats([2, 2], 1, 1 / 3, 1 / 3, 1)];
    // In bfloat16, 1/3 is 0.333984375 and its square is 0.111328125.
    const [third, square] = [0.333984375, 0.111328125];
    const expected = floats([2, 2], third + Math.fround(1 / 3), square, 1, 6);
    expect((await compiled.run({ x, w })).y).toEqual(expected);
  });

  it("computes the matmuls of the backward pass in bfloat16, and casts each tensor once", () => {
    const program = trace(
      ({ feed, state }) => {
        const [x, w, b] = [feed("x", "float32", [4, 3]), state("w", "float32", [2, 3]), state("b", "float32", [2])];
        const gradients = grad(sum(tanh(linear(x, w, b))), [x, w, b]);
        return { outputs: { dx: gradients[0]!, dw: gradients[1]!, db: gradients[2]! } };
      },
      { precision: "bfloat16" },
    );
    const ops = opsOf(program);
    expect(ops.filter((op) => op.startsWith("matmul"))).toEqual(new Array(3).fill("matmul bfloat16"));
    expect(ops.filter((op) => op === "cast bfloat16")).toHaveLength(3); // These are x, w and dy.
    for (const output of program.outputs.values()) expect(output.dtype).toBe("float32");
  });

  it("computes only GELUs between two matmuls in bfloat16, with their bias", () => {
    const block = (x: Tensor, w: Tensor) => linear(gelu(linear(x, w, sum(w, 0))), w, sum(w, 0));
    const ofInference = opsOf(traced(block));
    expect(ofInference.filter((op) => /^(gelu|add)/.test(op))).toEqual([
      "add bfloat16",
      "gelu bfloat16",
      "add float32",
    ]);
    expect(opsOf(traced(block, "float16"))).toContain("gelu float32");
    // Elsewhere, other nodes read the result and would lose accuracy.
    expect(opsOf(traced((x, w) => gelu(linear(x, w, sum(w, 0)))))).toContain("gelu float32");
    expect(opsOf(traced((x, w) => matmul(gelu(add(x, sum(w, 0))), w)))).toContain("gelu float32");
    const training = traced((x, w) => grad(sum(block(x, w)), [w])[0]!);
    expect(opsOf(training)).toContain("gelu float32");
    expect(opsOf(training)).not.toContain("gelu bfloat16");
  });

  it("adds only biases between two matmuls in bfloat16, also in training", () => {
    const two = (x: Tensor, w: Tensor) => matmul(transpose(linear(x, w, sum(w, 0)), [1, 0]), w);
    const adds = (build: Build, precision?: "float16") =>
      opsOf(traced(build, precision)).filter((op) => op.startsWith("add"));
    expect(adds(two)).toEqual(["add bfloat16"]);
    expect(adds((x, w) => add(sum(two(x, w)), grad(sum(tanh(two(x, w))), [x])[0]!))).toContain("add bfloat16");
    expect(adds(two, "float16")).toEqual(["add float32"]);
    expect(adds((x, w) => matmul(add(matmul(x, w), x), w))).toEqual(["add float32"]);
    expect(adds((x, w) => tanh(linear(x, w, sum(w, 0))))).toEqual(["add float32"]);
  });

  it("computes only softmaxes between two matmuls in bfloat16, with their scale and mask", () => {
    const attention = (x: Tensor, w: Tensor) => matmul(softmax(add(mul(matmul(x, w), 0.5), sum(w, 0))), x);
    const inHalf = opsOf(traced(attention)).filter((op) => /^(mul|add|softmax|matmul)/.test(op));
    expect(inHalf).toEqual(["matmul", "mul", "add", "softmax", "matmul"].map((op) => `${op} bfloat16`));
    expect(opsOf(traced(attention, "float16"))).toContain("softmax float32");
    expect(opsOf(traced((x, w) => softmax(matmul(x, w))))).toContain("softmax float32");
    expect(opsOf(traced((x, w) => matmul(softmax(add(x, sum(w, 0))), w)))).toContain("softmax float32");
    const scoresAreRead = traced((x, w) => {
      const scores = mul(matmul(x, w), 0.5);
      return matmul(softmax(add(scores, sum(w, 0))), scores);
    });
    expect(opsOf(scoresAreRead)).toContain("softmax float32");
    expect(opsOf(traced((x, w) => grad(sum(attention(x, w)), [w])[0]!))).toContain("softmax float32");
  });

  it("casts before reshapes and transposes, and not again after them", () => {
    const moved = (x: Tensor) => transpose(reshape(x, [1, 2, 2]), [0, 2, 1]);
    expect(opsOf(traced((x, w) => matmul(moved(x), matmul(moved(x), moved(w)))))).toEqual([
      "cast bfloat16",
      "reshape bfloat16",
      "transpose bfloat16",
      "cast bfloat16",
      "reshape bfloat16",
      "transpose bfloat16",
      "matmul bfloat16",
      "matmul bfloat16",
      "cast float32",
    ]);
    expect(opsOf(traced((x, w) => tanh(transpose(matmul(x, w), [1, 0]))))).toEqual([
      ...halfMatmul.with(3, "transpose bfloat16"),
      "cast float32",
      "tanh float32",
    ]);
  });

  it("does not round transposed tensors that other nodes read", async () => {
    const build: Build = (x, w) => add(matmul(x, w), transpose(x, [1, 0]));
    const compiled = await createReferenceExecutor().compile(traced(build));
    const [x, w] = [floats([2, 2], 1 / 3, 0, 0, 1 / 3), floats([2, 2], 0, 0, 0, 0)];
    expect((await compiled.run({ x, w })).y).toEqual(x);
  });

  it("does not change matmuls with one-hot matrices or of other dtypes", () => {
    const lookUp: Build = (x) => matmul(reshape(oneHot(cast(sum(x, 0), "int32"), 2), [2, 2]), x);
    expect(opsOf(traced(lookUp))).toEqual(opsOf(traced(lookUp, "float32")));
    const half: Build = (x) => matmul(cast(x, "float16"), cast(x, "float16"));
    expect(opsOf(traced(half))).toEqual(opsOf(traced(half, "float32")));
  });
});

describe("autocast()", () => {
  it.each([
    ["bfloat16", 0.05],
    ["float16", 0.005],
  ] as const)("to %s agrees with float32 on random training steps to %d", async (precision, tolerance) => {
    const inSingle = createReferenceExecutor();
    const inHalf = createReferenceExecutor();
    const casting: Executor = { ...inHalf, compile: (program) => inHalf.compile(autocast(program, precision)) };
    let rounding = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { program, feeds, state } = randomProgram(new Random(seed, "autocast"));
      const difference = await compareExecutors(inSingle, casting, program, feeds, state, tolerance).catch((cause) => {
        throw new Error(`seed ${seed}: ${cause.message}`);
      });
      rounding = Math.max(rounding, difference);
    }
    expect(rounding).toBeGreaterThan(tolerance / 50);
  });
});
