import type { CompiledProgram, FrozenProgram } from "../../executor.ts";
import type { Program } from "../../program.ts";
import { deviceFault } from "../device-fault.ts";
import { type SizedModel, withDynamicSizes } from "./dynamic-model.ts";
import { feedName, lowerToOnnx, outputName, stateName } from "./lower.ts";
import { encodeModel, type OnnxTensor } from "./onnx-model.ts";
import { fromOrt, type OnnxRuntime, toOrt } from "./runtime.ts";
import type { CreateSession } from "./state-store.ts";

/** A model file holds at most 2 GiB. */
const LARGEST_STATE = 1.9e9;

/** The sizes that a program is traced for, twice each, to see what depends on them: primes, whose products all differ. */
const SIZES = [
  [3, 5],
  [11, 13],
  [17, 19],
] as const;

/**
 * Compiles a program whose state never changes, for all sizes of its dimensions, on the CPU: its state becomes constants of
 * the model, which ONNX Runtime folds and packs for its matrix multiplications. A forward pass takes a third less time than
 * with state as inputs.
 *
 * @returns undefined where the state is too large for a model
 */
export async function compileFrozen(
  frozen: FrozenProgram,
  runtime: OnnxRuntime,
  createSession: CreateSession,
): Promise<CompiledProgram | undefined> {
  const bytes = [...frozen.state.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes > LARGEST_STATE) return undefined;
  const [first, second] = sizesOf(frozen).map((sizes) => traceFor(frozen, sizes));
  const dynamic = withDynamicSizes(first!.sized, second!.sized);
  const { program } = first!;
  const constants = [...program.state.keys()].map((name) => constantOf(name, frozen));
  const inputs = dynamic.inputs.filter(({ name }) => !constants.some((constant) => constant.name === name));
  const initializers = [...dynamic.initializers, ...constants];
  const session = await createSession(encodeModel({ ...dynamic, initializers, inputs }));
  const outputs = [...program.outputs.keys()];
  return {
    async run(feeds) {
      const values = [...program.feeds.keys()].map((name) => [feedName(name), toOrt(runtime, feeds[name]!)] as const);
      const results = await session.run(Object.fromEntries(values), outputs.map(outputName)).catch((cause: unknown) => {
        throw deviceFault(cause);
      });
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[outputName(name)]!)]));
    },
    dispose: () => session.release(),
  };
}

/** Two different sizes of each dimension, within their limits. */
function sizesOf({ dimensions }: FrozenProgram): Record<string, number>[] {
  const names = Object.keys(dimensions);
  return [0, 1].map((i) =>
    Object.fromEntries(names.map((name, at) => [name, Math.min(SIZES[at]![i]!, dimensions[name]! - 1 + i)])),
  );
}

function traceFor(frozen: FrozenProgram, sizes: SizedModel["sizes"]): { program: Program; sized: SizedModel } {
  const program = frozen.trace(sizes);
  return { program, sized: { model: lowerToOnnx(program, "cpu").model, sizes } };
}

function constantOf(name: string, { state }: FrozenProgram): OnnxTensor {
  const value = state.get(name);
  if (value === undefined) throw new Error(`there is no state ${name}`);
  const { data, shape } = value;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name: stateName(name), type: "float32", shape, bytes };
}
