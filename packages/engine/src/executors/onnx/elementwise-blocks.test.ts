import { afterAll, describe, expect, it } from "vitest";
import { float32, gelu, grad, layerNorm, mul, sub, sum, type Tensor } from "../../index.ts";
import { exp } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/layout.ts";
import { trace } from "../../trace.ts";
import { createReferenceExecutor } from "../reference/reference-executor.ts";
import { findElementwiseBlocks, inOrder } from "./elementwise-blocks.ts";
import { lowerToOnnx } from "./lower.ts";
import { createOnnxExecutor } from "./onnx-executor.ts";

const SHAPE = [64, 32, 512];
const SIZE = 64 * 32 * 512;

/** Traces the gradient of gelu() with weights, and of the same with layer normalization before it. */
function gradients(normalized: boolean) {
  return trace(({ feed, state }) => {
    const [x, dy] = [feed("x", "float32", SHAPE), feed("dy", "float32", SHAPE)];
    const vector = (name: string) => state(name, "float32", [512]);
    const input = normalized ? layerNorm(x, vector("gamma"), vector("beta"), 1e-12) : x;
    const [dx] = grad(sum(mul(gelu(input), dy)), [x]) as [Tensor];
    return { outputs: { dx: reshape(dx, [SIZE]) } };
  });
}

const onnx = await createOnnxExecutor({ device: "cpu", threads: 2 });
afterAll(() => onnx.dispose());

describe("findElementwiseBlocks()", () => {
  it("groups the ops of the derivative of GELU, and divides the rows into blocks", () => {
    const [block, ...more] = findElementwiseBlocks(gradients(false));
    expect(more).toEqual([]);
    expect(block!.nodes.map(({ op }) => op)).toEqual(expect.arrayContaining(["erf", "exp", "mul", "add", "sub"]));
    expect(block!.inputs.map(({ shape }) => shape)).toEqual([SHAPE, SHAPE]);
    expect(block!.outputs).toHaveLength(1);
    expect(block!.rows * block!.width).toBe(SIZE);
    expect(block!.rows % block!.count).toBe(0);
    expect(block!.count).toBeGreaterThan(1);
  });

  it("leaves tensors that fit into the caches alone", () => {
    const program = trace(({ feed }) => {
      const x = feed("x", "float32", [64, 512]);
      return { outputs: { dx: grad(sum(gelu(x)), [x])[0]! } };
    });
    expect(findElementwiseBlocks(program)).toEqual([]);
  });

  it("does not put a node into a block that one of its operands depends on", () => {
    const program = trace(({ feed }) => {
      const x = feed("x", "float32", SHAPE);
      const y = mul(exp(mul(x, 0.5)), x);
      const z = mul(mul(sub(y, sum(y, -1, { keepDims: true })), y), 2);
      return { outputs: { z } };
    });
    const blocks = findElementwiseBlocks(program);
    expect(blocks.map(({ nodes }) => nodes.map(({ op }) => op))).toEqual([
      ["mul", "exp", "mul"],
      ["sub", "mul", "mul"],
    ]);
    const order = inOrder(program, blocks).map((unit) => ("nodes" in unit ? "block" : unit.op));
    expect(order.filter((op) => op !== "constant" && op !== "feed")).toEqual(["block", "sum", "block"]);
  });
});

describe("blocks on ONNX Runtime", () => {
  it.each([false, true])(
    "compute the same gradients as the reference executor, with normalization: %s",
    async (normalized) => {
      const program = gradients(normalized);
      const { model } = lowerToOnnx(program, "cpu", { blocks: true });
      expect(model.nodes.some(({ opType }) => opType === "Scan")).toBe(true);
      const values = (scale: number) =>
        float32(
          Float32Array.from({ length: SIZE }, (_, i) => (((i * 7919) % 2039) / 1019 - 1) * scale),
          SHAPE,
        );
      const feeds = { x: values(3), dy: values(1) };
      const vectors = { gamma: new Float32Array(512).fill(0.7), beta: new Float32Array(512).fill(0.1) };
      const results: ArrayLike<number>[] = [];
      for (const executor of [onnx, createReferenceExecutor()]) {
        for (const [name, data] of Object.entries(vectors)) await executor.write(name, float32(data, [512]));
        const { dx } = await (await executor.compile(program)).run(feeds);
        results.push(dx!.data);
      }
      const [actual, expected] = results;
      let largest = 0;
      for (let i = 0; i < SIZE; i++) largest = Math.max(largest, Math.abs(actual![i]! - expected![i]!));
      expect(largest).toBeLessThan(2e-6);
    },
  );
});
