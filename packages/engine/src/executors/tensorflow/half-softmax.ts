import { float32 } from "../../dtype.ts";
import { encodeSavedModel } from "./graph-def.ts";
import type { TensorflowRuntime } from "./runtime.ts";

/**
 * Returns whether TensorFlow computes a bfloat16 softmax in float32 and rounds once, as oneDNN's kernel does on CPUs
 * with AVX-512. TensorFlow's own kernel sums in bfloat16, with an average error of 0.8%. Runs a small graph, because
 * TensorFlow does not report which kernel it uses.
 */
export function roundsSoftmaxOnce(runtime: TensorflowRuntime): boolean {
  const [rows, width] = [8, 128];
  const T = "bfloat16";
  const nodes = [
    { name: "x", op: "Placeholder", inputs: [], attributes: { dtype: "float32", shape: { shape: [rows, width] } } },
    { name: "half", op: "Cast", inputs: ["x"], attributes: { SrcT: "float32", DstT: T } },
    { name: "softmax", op: "Softmax", inputs: ["half"], attributes: { T } },
    { name: "y", op: "Cast", inputs: ["softmax"], attributes: { SrcT: T, DstT: "float32" } },
  ] as const;
  // bfloat16 represents these numbers exactly.
  const x = Float32Array.from({ length: rows * width }, (_, i) => ((i * 37) % 101) / 16 - 3);
  const model = runtime.loadModel(encodeSavedModel(nodes));
  const feed = runtime.feed(float32(x, [rows, width]));
  const [result] = runtime.run(model, new Map([["x", feed]]), ["y"]);
  const y = runtime.read(result!).data;
  for (const tensor of [feed, result!]) runtime.delete(tensor);
  runtime.deleteModel(model);
  return Array.from({ length: rows }, (_, row) => row * width).every((start) => {
    const exponentials = Array.from(x.subarray(start, start + width), Math.exp);
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    return exponentials.every((value, i) => Math.abs((y[start + i]! * total) / value - 1) < 2 ** -8);
  });
}
