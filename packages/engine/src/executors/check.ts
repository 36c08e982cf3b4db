import { isFloat, type TensorData } from "../dtype.ts";
import type { TensorType } from "../graph.ts";
import type { Program } from "../program.ts";
import { sameShape, sizeOf } from "../shape.ts";

/** Error message for running a program that uses dropout without a seed. */
export const MISSING_DROPOUT_SEED =
  "the program uses dropout, but run() has no dropoutSeed. Pass { dropoutSeed: [seed, step] } as its second argument.";

/** Returns the error for a state that was never written or updated. */
export function missingState(name: string): Error {
  return new Error(`state ${name} does not exist. Set it with write() first.`);
}

/**
 * Checks that all feeds of a program are present, with the dtype and shape that they were traced with. Other feeds are
 * ignored, because trace() drops unused feeds from the program.
 *
 * @throws Error that names the feed
 */
export function checkFeeds(program: Program, feeds: Readonly<Record<string, TensorData>>): void {
  for (const [name, type] of program.feeds) {
    const feed = feeds[name];
    if (feed === undefined)
      throw new Error(`feed ${name} is missing. Pass ${type.dtype}[${type.shape}] with this name to run().`);
    checkData(`feed ${name}`, feed, type);
  }
}

/**
 * Checks that all state that a program reads exists.
 *
 * @throws Error that names the state
 */
export function checkState(program: Program, has: (name: string) => boolean): void {
  for (const name of program.state.keys()) if (!has(name)) throw missingState(name);
}

/**
 * Checks that data has the given type, and an array of the matching class and length.
 *
 * @param what name of the data for the error message
 * @throws Error that names the data
 */
export function checkData(what: string, data: TensorData, type: TensorType): void {
  checkType(what, data, type);
  const { dtype, shape, data: values } = data;
  const isKind = isFloat(dtype)
    ? values instanceof Float32Array || values instanceof Float64Array
    : values instanceof (dtype === "int32" ? Int32Array : Uint8Array);
  if (isKind && values.length === sizeOf(shape)) return;
  const expected = isFloat(dtype) ? "Float32Array or Float64Array" : dtype === "int32" ? "Int32Array" : "Uint8Array";
  const found = `found ${values.constructor.name} of length ${values.length}`;
  throw new Error(
    `${what}: expected ${expected} of length ${sizeOf(shape)} for ${dtype}[${shape}], ${found}. Pass an array of the expected class and length.`,
  );
}

/**
 * Checks that a dtype and a shape are as expected.
 *
 * @param what name of the data for the error message
 * @throws Error that names the data
 */
export function checkType(what: string, found: TensorType, expected: TensorType): void {
  if (found.dtype === expected.dtype && sameShape(found.shape, expected.shape)) return;
  const types = `expected ${expected.dtype}[${expected.shape}], found ${found.dtype}[${found.shape}]`;
  throw new Error(`${what}: ${types}. Pass data of the dtype and shape that the program was traced with.`);
}
