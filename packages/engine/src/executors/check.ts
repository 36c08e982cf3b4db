import { isFloat, type TensorData } from "../dtype.ts";
import type { TensorType } from "../graph.ts";
import type { Program } from "../program.ts";
import { sameShape, sizeOf } from "../shape.ts";

/**
 * Throws unless the program's feeds are there, with dtype and shape as traced. Further ones are let pass: a feed that
 * nothing depends on is no part of the program.
 */
export function checkFeeds(program: Program, feeds: Readonly<Record<string, TensorData>>): void {
  for (const [name, type] of program.feeds) {
    const feed = feeds[name];
    if (feed === undefined) throw new Error(`feed ${name} is missing`);
    checkData(`feed ${name}`, feed, type);
  }
}

/** Throws if the program reads state that is not there. */
export function checkState(program: Program, has: (name: string) => boolean): void {
  for (const name of program.state.keys()) if (!has(name)) throw new Error(`state ${name} was never written`);
}

/** Throws unless the data is of the type, in an array of the kind and length that go with it. */
export function checkData(what: string, data: TensorData, type: TensorType): void {
  checkType(what, data, type);
  const { dtype, shape, data: values } = data;
  const isKind = isFloat(dtype)
    ? values instanceof Float32Array || values instanceof Float64Array
    : values instanceof (dtype === "int32" ? Int32Array : Uint8Array);
  if (!isKind || values.length !== sizeOf(shape))
    throw new Error(`${what}: ${dtype}[${shape}] in a ${values.constructor.name} of ${values.length}`);
}

/** Throws unless dtype and shape are as expected. */
export function checkType(what: string, given: TensorType, expected: TensorType): void {
  if (given.dtype !== expected.dtype || !sameShape(given.shape, expected.shape))
    throw new Error(`${what}: ${given.dtype}[${given.shape}] where ${expected.dtype}[${expected.shape}] is expected`);
}
