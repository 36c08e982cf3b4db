import { BertieError } from "@bertie/common";
import type { FrozenProgram } from "../../../executor.ts";
import { lowerFrozen, MAX_STATE_BYTES, stateBytes } from "../frozen-program.ts";
import { feedName, outputName, stateName } from "../lower.ts";
import { elementTypes, type OnnxModel, type OnnxNode } from "../onnx-model.ts";
import { foldConstants } from "./fold-constants.ts";
import { withPortableOps } from "./portable-ops.ts";

/**
 * Converts a program to an ONNX model that other programs can deploy: with any ONNX Runtime (Python, C++, Node,
 * browsers), and with libraries that are based on it.
 *
 * The inputs and outputs have the names of the program's feeds and outputs, and the constants the names of its state.
 * Inputs of whole numbers are int64. The dimensions have the names of the program's dimensions. The model contains only
 * ops of ONNX's own operator set, and no constants or outputs that are unused.
 *
 * @param frozen program and values of its state
 * @returns the model, float32; {@link encodeOnnx} returns the bytes of its file
 * @throws BertieError "export/too-large" if the state has more than 1.9 GB, because an ONNX file is limited to 2 GiB
 *
 * @example
 * ```ts
 * import { encodeOnnx, exportOnnx, float32, matmul, openOnnxModel, trace } from "@bertie/engine";
 *
 * const model = exportOnnx({
 *   dimensions: { batch_size: 1000 },
 *   trace: ({ batch_size: size }) =>
 *     trace(({ feed, state }) => {
 *       const weights = state("weights", "float32", [2, 3]);
 *       return { outputs: { y: matmul(feed("x", "float32", [size!, 3]), weights, { transposeB: true }) } };
 *     }),
 *   state: new Map([["weights", float32(Float32Array.of(1, 0, 0, 0, 1, 1), [2, 3])]]),
 * });
 * const session = await openOnnxModel(encodeOnnx(model));
 * const { y } = await session.run({ x: float32(Float32Array.of(1, 2, 3), [1, 3]) });
 * console.log(y!.data); // Float32Array(2) [ 1, 5 ]
 * await session.dispose();
 * ```
 */
export function exportOnnx(frozen: FrozenProgram): OnnxModel {
  const bytes = stateBytes(frozen);
  if (bytes > MAX_STATE_BYTES) {
    const text = `the weights have ${(bytes / 1e9).toFixed(1)} GB, but an ONNX file is limited to 2 GB. Export the model to safetensors, or train a smaller one.`;
    throw new BertieError("export/too-large", text);
  }
  // The lowering for WebGPU uses no op of ONNX Runtime's own. ONNX Runtime fuses the ops itself where it has better ones.
  const { model, program } = lowerFrozen(frozen, "webgpu");
  const names = new Map([
    ...[...program.outputs.keys()].map((name) => [outputName(name), name] as const),
    ...[...program.state.keys()].map((name) => [stateName(name), name] as const),
  ]);
  const feedOf = new Map([...program.feeds.keys()].map((name) => [feedName(name), name]));
  const casts: OnnxNode[] = [];
  const inputs = model.inputs.map((input) => {
    const name = feedOf.get(input.name)!;
    if (input.type !== "int32") {
      names.set(input.name, name);
      return { ...input, name };
    }
    const attributes = { to: elementTypes.int32 };
    casts.push({ opType: "Cast", domain: "", inputs: [name], outputs: [input.name], attributes });
    return { ...input, name, type: "int64" as const };
  });
  const rename = (name: string) => names.get(name) ?? name;
  const named = <T extends { readonly name: string }>(values: readonly T[]): T[] =>
    values.map((value) => ({ ...value, name: rename(value.name) }));
  const nodes = model.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  const { initializers, outputs } = model;
  const renamed = {
    nodes: [...casts, ...nodes],
    initializers: named(initializers),
    inputs,
    outputs: named(outputs),
  };
  return withPortableOps(foldConstants(renamed));
}
