import type { DType, TensorData } from "../dtype.ts";
import type { RunOptions } from "../executor.ts";
import { createReferenceExecutor, type ReferenceOptions } from "../executors/reference/reference-executor.ts";
import type { Tensor } from "../graph.ts";
import type { Program } from "../program.ts";
import { trace } from "../trace.ts";

const arrayTypes = {
  float32: Float32Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};

/** Returns host data of numbers. */
export function tensor(dtype: DType, shape: readonly number[], values: readonly number[]): TensorData {
  return { dtype, shape, data: arrayTypes[dtype].from(values) };
}

/** Returns float32 host data. */
export function floats(shape: readonly number[], ...values: number[]): TensorData {
  return tensor("float32", shape, values);
}

/** Returns int32 host data. */
export function ints(shape: readonly number[], ...values: number[]): TensorData {
  return tensor("int32", shape, values);
}

/** Returns bool host data of zeros and ones. */
export function bools(shape: readonly number[], ...values: number[]): TensorData {
  return tensor("bool", shape, values);
}

/**
 * Traces a function of inputs of the given types. The inputs are the feeds x0, x1, …, and the result is the output y.
 */
export function traceFunction(
  types: readonly { readonly dtype: DType; readonly shape: readonly number[] }[],
  build: (...inputs: Tensor[]) => Tensor,
): Program {
  return trace(({ feed }) => ({
    outputs: { y: build(...types.map(({ dtype, shape }, i) => feed(`x${i}`, dtype, shape))) },
  }));
}

/** Returns the inputs that a program of {@link traceFunction} uses, as its feeds. */
export function feedsFor(program: Program, inputs: readonly TensorData[]): Record<string, TensorData> {
  return Object.fromEntries(
    inputs.flatMap((input, i): [string, TensorData][] => (program.feeds.has(`x${i}`) ? [[`x${i}`, input]] : [])),
  );
}

/** Evaluates a function of tensors with the reference executor. */
export async function evaluate(
  inputs: readonly TensorData[],
  build: (...inputs: Tensor[]) => Tensor,
  options: ReferenceOptions & RunOptions = {},
): Promise<TensorData> {
  const program = traceFunction(inputs, build);
  const compiled = await createReferenceExecutor(options).compile(program);
  return (await compiled.run(feedsFor(program, inputs), options)).y!;
}
