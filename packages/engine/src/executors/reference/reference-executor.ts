import type { TensorData } from "../../dtype.ts";
import type { CompiledProgram, Executor, RunOptions } from "../../executor.ts";
import type { Node, Op, Tensor, TensorType } from "../../graph.ts";
import { lastUses } from "../../passes.ts";
import type { Program } from "../../program.ts";
import { sizeOf } from "../../shape.ts";
import { checkData, checkFeeds, checkState, checkType, missingState } from "../check.ts";
import { type Kernel, kernels, type Source } from "./kernels.ts";
import { allocate, copyOf, type Precision, roundTo, toHostArray, type Values } from "./values.ts";

/** The options of createReferenceExecutor(). */
export interface ReferenceOptions {
  /**
   * Type that float32 tensors are computed and stored in. With "float64", they are not rounded to single precision, and
   * outputs and state are returned as Float64Array. Tensors of 16-bit floats are rounded to their type in both cases.
   *
   * @default "float32"
   */
  readonly precision?: Precision;
}

interface State extends TensorType {
  readonly values: Values;
}

/**
 * Creates an executor in plain TypeScript. It is slow but runs in every environment, and the other executors are tested
 * against it.
 *
 * @example
 * ```ts
 * import { add, createReferenceExecutor, scalar, trace } from "@bertie/engine";
 *
 * const executor = createReferenceExecutor();
 * const program = trace(({ state }) => ({ updates: { count: add(state("count", "float32", []), 1) } }));
 * const compiled = await executor.compile(program);
 * await executor.write("count", scalar(41));
 * await compiled.run({});
 * console.log((await executor.read("count")).data); // Float32Array(1) [ 42 ]
 * ```
 */
export function createReferenceExecutor({ precision = "float32" }: ReferenceOptions = {}): Executor {
  const state = new Map<string, State>();
  return {
    engine: "reference",
    device: "cpu",
    precisions: ["float32", "bfloat16", "float16"],
    async compile(program) {
      return compile(program, state, precision);
    },
    async write(name, value) {
      checkData(`state ${name}`, value, value);
      const { dtype, shape, data } = value;
      state.set(name, { dtype, shape, values: copyOf(data, dtype, precision) });
    },
    async read(name) {
      const value = state.get(name);
      if (value === undefined) throw missingState(name);
      return toTensorData(value, value.values, precision);
    },
    async dispose() {
      state.clear();
    },
  };
}

function compile(program: Program, state: Map<string, State>, precision: Precision): CompiledProgram {
  const freeAfter = program.nodes.map((): number[] => []);
  for (const [id, index] of lastUses(program)) freeAfter[index]?.push(id);

  function readSource(node: Extract<Node, { op: Source }>, feeds: Readonly<Record<string, TensorData>>): Values {
    const { name } = node.attributes;
    const type = node.outputs[0]!;
    if (node.op === "feed") return copyOf(feeds[name]!.data, type.dtype, precision);
    const value = state.get(name)!;
    checkType(`state ${name}`, value, type);
    return value.values;
  }

  function compute(node: Extract<Node, { op: Exclude<Op, Source> }>, inputs: Values[], options: RunOptions): Values[] {
    const outputs = node.outputs.map(({ dtype, shape }) => allocate(dtype, sizeOf(shape), precision));
    const kernel = kernels[node.op] as Kernel<Op>;
    kernel(node, inputs, outputs, options);
    for (const [i, { dtype }] of node.outputs.entries()) roundTo(dtype, outputs[i]!);
    return outputs;
  }

  return {
    async run(feeds, options = {}) {
      checkFeeds(program, feeds);
      checkState(program, (name) => state.has(name));
      const values = new Map<number, Values>();
      const valuesOf = ({ id }: Tensor) => values.get(id)!;
      for (const [index, node] of program.nodes.entries()) {
        const results =
          node.op === "feed" || node.op === "state"
            ? [readSource(node, feeds)]
            : compute(node, node.inputs.map(valuesOf), options);
        for (const [i, { id }] of node.outputs.entries()) values.set(id, results[i]!);
        for (const id of freeAfter[index]!) values.delete(id);
      }
      for (const [name, tensor] of program.updates)
        state.set(name, { dtype: tensor.dtype, shape: tensor.shape, values: valuesOf(tensor) });
      return Object.fromEntries(
        [...program.outputs].map(([name, tensor]) => [name, toTensorData(tensor, valuesOf(tensor), precision)]),
      );
    },
    async dispose() {},
  };
}

function toTensorData({ dtype, shape }: TensorType, values: Values, precision: Precision): TensorData {
  return { dtype, shape, data: toHostArray(values, dtype, precision) };
}
