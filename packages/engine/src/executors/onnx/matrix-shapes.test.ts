import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { float32 } from "../../dtype.ts";
import {
  add,
  createReferenceExecutor,
  gelu,
  layerNorm,
  matmul,
  mul,
  type Program,
  reshape,
  slice,
  softmax,
  type Tensor,
  trace,
  transpose,
} from "../../index.ts";
import { lowerToOnnx } from "./lower.ts";
import { withMatrixShapes } from "./matrix-shapes.ts";
import { createOnnxExecutor } from "./onnx-executor.ts";

const [rows, batch, width] = [5, 3, 8];

/** Returns a program like a layer of an encoder, with the feed `x`, [rows, batch, width]. */
function encoderLike(): Program {
  return trace(({ feed, state }) => {
    const x = feed("x", "float32", [rows, batch, width]);
    const vector = (name: string) => state(name, "float32", [width]);
    const linear = (y: Tensor, name: string) => {
      const product = matmul(reshape(y, [rows * batch, width]), state(`${name}.w`, "float32", [width, width]), {
        transposeB: true,
      });
      return reshape(add(product, vector(`${name}.b`)), [rows, batch, width]);
    };
    const heads = (y: Tensor) => transpose(reshape(y, [rows, batch, 2, width / 2]), [1, 2, 0, 3]);
    const [query, key] = [heads(linear(x, "q")), heads(linear(x, "k"))];
    const weights = softmax(mul(matmul(query, key, { transposeB: true }), 0.5));
    const context = reshape(transpose(matmul(weights, key), [2, 0, 1, 3]), [rows, batch, width]);
    const normal = layerNorm(add(linear(context, "o"), x), vector("gamma"), vector("beta"), 1e-5);
    const wide = gelu(linear(normal, "f"));
    const first = slice(add(wide, normal), 0, 0, 1);
    return { outputs: { y: first, weights } };
  });
}

function valuesOf(program: Program) {
  const random = new Random(1, "values");
  const values = ({ shape }: Tensor) => {
    const size = shape.reduce((product, each) => product * each, 1);
    return float32(
      Float32Array.from({ length: size }, () => random.nextNormal()),
      shape,
    );
  };
  return {
    x: values(program.feeds.get("x")!),
    state: new Map([...program.state].map(([name, tensor]) => [name, values(tensor)])),
  };
}

describe("withMatrixShapes()", () => {
  it("computes the same values, with element-wise ops and layer normalization on matrices", async () => {
    const program = encoderLike();
    const flat = withMatrixShapes(program);
    const { x, state } = valuesOf(program);
    const executor = createReferenceExecutor();
    for (const [name, value] of state) await executor.write(name, value);
    const [expected, actual] = [await executor.compile(program), await executor.compile(flat)];
    expect(await actual.run({ x })).toEqual(await expected.run({ x }));
    const count = ({ nodes }: Program, op: string) => nodes.filter((node) => node.op === op).length;
    expect([count(program, "reshape"), count(flat, "reshape")]).toEqual([10, 5]);
    for (const { op, outputs } of flat.nodes)
      if (op === "gelu" || op === "layerNorm") expect(outputs[0]!.shape).toEqual([rows * batch, width]);
  });

  it("keeps layer normalization whose statistics are read, and operands that are broadcast", () => {
    const program = trace(({ feed }) => {
      const x = feed("x", "float32", [4, 6]);
      const column = reshape(feed("column", "float32", [2]), [2, 1, 1]);
      return { outputs: { y: add(reshape(x, [2, 2, 6]), column) } };
    });
    expect(withMatrixShapes(program).nodes.find(({ op }) => op === "add")!.outputs[0]!.shape).toEqual([2, 2, 6]);
  });
});

describe("fused nodes", () => {
  it("add biases and apply factors in matmuls, and compute the values of the reference", async () => {
    const program = encoderLike();
    const { model } = lowerToOnnx(withMatrixShapes(program), "cpu", { fuses: true });
    const count = (opType: string) => model.nodes.filter((node) => node.opType === opType).length;
    expect([count("Gemm"), count("Add"), count("Mul"), count("FusedMatMul")]).toEqual([4, 2, 0, 2]);
    expect(model.nodes.filter(({ opType }) => opType === "Gemm").every(({ inputs }) => inputs.length === 3)).toBe(true);

    const { x, state } = valuesOf(program);
    const [onnx, reference] = [await createOnnxExecutor({ threads: 1 }), createReferenceExecutor()];
    for (const [name, value] of state) await reference.write(name, value);
    const frozen = (await onnx.compileFrozen!({ dimensions: {}, state, trace: encoderLike }))!;
    const expected = await (await reference.compile(program)).run({ x });
    const actual = await frozen.run({ x });
    for (const name of ["y", "weights"])
      for (const [i, value] of actual[name]!.data.entries()) expect(value).toBeCloseTo(expected[name]!.data[i]!, 5);
    await onnx.dispose();
  });

  it("are not part of the model if another node reads the product", () => {
    const program = trace(({ feed, state }) => {
      const product = matmul(feed("x", "float32", [2, 4]), state("w", "float32", [4, 4]));
      return { outputs: { y: add(product, state("b", "float32", [4])), product } };
    });
    const { model } = lowerToOnnx(program, "cpu", { fuses: true });
    expect(model.nodes.map(({ opType }) => opType)).toEqual(["Gemm", "Add"]);
  });
});
