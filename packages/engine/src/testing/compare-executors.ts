import { isFloat, type TensorData } from "../dtype.ts";
import type { Executor } from "../executor.ts";
import type { Program } from "../program.ts";
import { sameShape } from "../shape.ts";

/**
 * Runs a program with both executors, with the same initial state and dropout masks, and compares all outputs and state
 * after each run.
 *
 * @param tolerance largest difference allowed between two floats, relative to the tensor's largest magnitude, or
 * absolute if that is less than 1. Integers and bools must be equal.
 * @param runs number of runs
 * @returns the largest difference
 * @throws Error that names the tensor and element whose difference exceeds the tolerance
 */
export async function compareExecutors(
  a: Executor,
  b: Executor,
  program: Program,
  feeds: Readonly<Record<string, TensorData>>,
  state: Readonly<Record<string, TensorData>>,
  tolerance: number,
  runs = 2,
): Promise<number> {
  const executors = [a, b] as const;
  for (const executor of executors)
    for (const [name, value] of Object.entries(state)) await executor.write(name, value);
  const compiled = await Promise.all(executors.map((executor) => executor.compile(program)));
  let worst = 0;
  for (let run = 0; run < runs; run++) {
    const results = await Promise.all(compiled.map((each) => each.run(feeds, { dropoutSeed: [42, run] })));
    const afterwards = await Promise.all(executors.map((executor) => readAll(executor, program)));
    for (const [kind, [first, second]] of Object.entries({ output: results, state: afterwards }))
      for (const name of new Set([...Object.keys(first!), ...Object.keys(second!)]))
        worst = Math.max(worst, compare(`${kind} ${name} of run ${run}`, first![name], second![name], tolerance));
  }
  await Promise.all(compiled.map((each) => each.dispose()));
  return worst;
}

async function readAll(executor: Executor, program: Program): Promise<Record<string, TensorData>> {
  const names = new Set([...program.state.keys(), ...program.updates.keys()]);
  const values: Record<string, TensorData> = {};
  for (const name of names) values[name] = await executor.read(name);
  return values;
}

function compare(what: string, a: TensorData | undefined, b: TensorData | undefined, tolerance: number): number {
  if (a === undefined || b === undefined) throw new Error(`${what}: only one of the executors returned this tensor`);
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape) || a.data.length !== b.data.length)
    throw new Error(`${what}: ${a.dtype}[${a.shape}] and ${b.dtype}[${b.shape}]`);
  const scale = Float64Array.from(a.data, Math.abs).reduce((largest, x) => Math.max(largest, x), 1);
  let worst = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!];
    const difference = Object.is(x, y) ? 0 : Math.abs(x - y) / scale;
    if (!(difference <= (isFloat(a.dtype) ? tolerance : 0))) throw new Error(`${what}, element ${i}: ${x} and ${y}`);
    worst = Math.max(worst, difference);
  }
  return worst;
}
