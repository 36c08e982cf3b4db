import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { float32, int32, type TensorData } from "../../../dtype.ts";
import {
  add,
  createReferenceExecutor,
  gather,
  gelu,
  layerNorm,
  matmul,
  mul,
  type Program,
  reshape,
  slice,
  transpose,
} from "../../../index.ts";
import { trace } from "../../../trace.ts";
import { encodeOnnx } from "./encode-onnx.ts";
import { exportOnnx } from "./export-program.ts";
import { openOnnxModel } from "./open-onnx-model.ts";
import { opsetOf } from "./portable-ops.ts";
import { toFloat16 } from "./to-float16.ts";
import { int8Matmuls, toInt8 } from "./to-int8.ts";

const [WIDTH, TOKENS] = [64, 300];
const random = new Random(3, "export");
const normal = (...shape: number[]): TensorData => {
  const count = shape.reduce((a, b) => a * b, 1);
  return float32(
    Float32Array.from({ length: count }, () => 0.2 * random.nextNormal()),
    shape,
  );
};
const state = new Map([
  ["table", normal(TOKENS, WIDTH)],
  ["positions", normal(50, WIDTH)],
  ["scale", float32(new Float32Array(WIDTH).fill(1.5))],
  ["bias", normal(WIDTH)],
  ["w1", normal(WIDTH, WIDTH)],
  ["w2", normal(WIDTH, WIDTH)],
  ["heads", normal(WIDTH, WIDTH)],
]);

/** Traces embeddings, layer normalization, two linear layers, and a multiplication with a transposed constant per head. */
function programFor(batch: number, length: number): Program {
  return trace(({ feed, state: declare }) => {
    const p = (name: string) => declare(name, "float32", state.get(name)!.shape);
    const ids = feed("ids", "int32", [batch, length]);
    const words = add(gather(p("table"), ids), slice(p("positions"), 0, 0, length));
    const x = reshape(layerNorm(words, p("scale"), p("bias"), 1e-12), [batch * length, WIDTH]);
    const hidden = gelu(add(matmul(x, p("w1"), { transposeB: true }), p("bias")));
    const y = matmul(hidden, mul(p("w2"), 0.5), { transposeB: true });
    const heads = reshape(p("heads"), [2, WIDTH / 2, WIDTH]);
    const perHead = transpose(reshape(y, [batch * length, 2, WIDTH / 2]), [1, 0, 2]);
    return { outputs: { y: reshape(matmul(perHead, heads), [2, batch, length, WIDTH]) } };
  });
}

const model = exportOnnx({
  dimensions: { batch_size: 1000, sequence_length: 50 },
  trace: ({ batch_size: batch, sequence_length: length }) => programFor(batch!, length!),
  state,
});

/** Returns the largest difference from the reference executor, relative to the largest value, for several shapes. */
async function errorOf(bytes: Uint8Array, runtime: "node" | "web"): Promise<number> {
  const session = await openOnnxModel(bytes, { runtime });
  const reference = createReferenceExecutor();
  for (const [name, value] of state) await reference.write(name, value);
  let largest = 0;
  for (const [batch, length] of [
    [1, 1],
    [2, 50],
    [7, 4],
  ] as const) {
    const ids = int32(
      Int32Array.from({ length: batch * length }, (_, i) => (i * 37) % TOKENS),
      [batch, length],
    );
    const expected = (await (await reference.compile(programFor(batch, length))).run({ ids })).y!;
    const { y } = await session.run({ ids });
    expect(y!.shape).toEqual([2, batch, length, WIDTH]);
    expect(y!.dtype).toBe("float32");
    const size = Math.max(...Array.from(expected.data, Math.abs));
    largest = Math.max(largest, ...Array.from(expected.data, (value, i) => Math.abs(value - y!.data[i]!) / size));
  }
  await session.dispose();
  await reference.dispose();
  return largest;
}

describe.each(["node", "web"] as const)("exported models on onnxruntime-%s", (runtime) => {
  it("exportOnnx() equals the reference for shapes other than the traced ones", async () => {
    expect(await errorOf(encodeOnnx(model), runtime)).toBeLessThan(2e-6);
  });

  it("toFloat16() rounds to about three digits", async () => {
    const error = await errorOf(encodeOnnx(toFloat16(model)), runtime);
    expect(error).toBeGreaterThan(1e-6);
    expect(error).toBeLessThan(3e-3);
  });

  it("toInt8() is within 5%, and more accurate if multiplications stay float32", async () => {
    const all = await errorOf(encodeOnnx(toInt8(model)), runtime);
    const none = await errorOf(encodeOnnx(toInt8(model, { float: new Set(int8Matmuls(model)) })), runtime);
    expect(all).toBeLessThan(0.05);
    expect(none).toBeLessThan(all);
    expect(none).toBeGreaterThan(1e-4);
  });
});

describe("exportOnnx()", () => {
  it("names inputs, outputs, dimensions and constants, and casts whole numbers from int64", () => {
    expect(model.inputs).toEqual([{ name: "ids", type: "int64", shape: ["batch_size", "sequence_length"] }]);
    expect(model.outputs).toEqual([{ name: "y", type: "float32", shape: [2, "batch_size", "sequence_length", WIDTH] }]);
    expect(model.initializers.map(({ name }) => name)).toEqual(expect.arrayContaining(["table", "w1", "bias"]));
  });

  it("uses only ONNX's own ops of op set 17, without unused outputs and constants", () => {
    expect(opsetOf(model)).toBe(17);
    const reads = new Set(model.nodes.flatMap(({ inputs }) => inputs));
    expect(model.initializers.filter(({ name }) => !reads.has(name))).toEqual([]);
    expect(model.nodes.filter(({ opType }) => opType === "LayerNormalization")[0]!.outputs).toHaveLength(1);
    expect(model.nodes.map(({ opType }) => opType)).not.toContain("Gelu");
    expect(new Set(model.nodes.map(({ domain }) => domain))).toEqual(new Set([""]));
  });

  it("rejects state that does not fit into a file", () => {
    const large = { length: 5e8, byteLength: 2e9 } as unknown as Float32Array;
    const tooLarge = new Map([["w", { dtype: "float32" as const, shape: [5e8], data: large }]]);
    expect(() => exportOnnx({ dimensions: {}, trace: () => programFor(1, 1), state: tooLarge })).toThrow(
      /limited to 2 GB/,
    );
  });
});

describe("encodeOnnx()", () => {
  it("makes fp16 half and int8 about a quarter of the size of fp32", () => {
    const size = (variant: typeof model) => variant.initializers.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(size(model) / size(toFloat16(model))).toBeGreaterThan(1.9);
    expect(size(model) / size(toInt8(model))).toBeGreaterThan(3.4);
  });

  it("rejects ops that are not part of ONNX", () => {
    const nodes = model.nodes.map((node, i) => (i === 3 ? { ...node, domain: "com.microsoft" } : node));
    expect(() => encodeOnnx({ ...model, nodes })).toThrow(/not part of ONNX/);
  });
});

describe("toInt8()", () => {
  it("multiplies in 8 bits, shares quantized operands, and keeps short tables float32", () => {
    expect(int8Matmuls(model)).toHaveLength(2);
    const count = (name: string) => toInt8(model).nodes.filter(({ opType }) => opType === name).length;
    expect(count("MatMulInteger")).toBe(2);
    expect(count("Gemm")).toBe(0);
    const types = new Map(toInt8(model).initializers.map(({ name, type }) => [name, type]));
    expect(types.get("table/int8")).toBe("int8");
    expect(types.get("bias")).toBe("float32");
  });
});
