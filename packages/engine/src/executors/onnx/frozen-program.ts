import type { CompiledProgram, FrozenProgram } from "../../executor.ts";
import type { Program } from "../../program.ts";
import { classifyDeviceFault } from "../device-fault.ts";
import { type SizedModel, withDynamicSizes } from "./dynamic-model.ts";
import { foldConstants } from "./export/fold-constants.ts";
import { withInt8Matmuls } from "./int8-matmuls.ts";
import { feedName, lowerToOnnx, outputName, stateName } from "./lower.ts";
import type { OnnxDevice } from "./lowering-context.ts";
import { withMatrixShapes } from "./matrix-shapes.ts";
import { encodeModel, type OnnxModel, type OnnxTensor } from "./onnx-model.ts";
import { fromOrt, type OnnxRuntime, toOrt } from "./runtime.ts";
import type { CreateSession } from "./state-store.ts";

/** Maximum size of the state in bytes, because an ONNX file is limited to 2 GiB. */
export const MAX_STATE_BYTES = 1.9e9;

/**
 * Two sizes of each dimension. Programs are traced for both to find the values that depend on the sizes. The sizes are
 * distinct primes, so that products of different sizes differ.
 */
const SIZES = [
  [3, 5],
  [11, 13],
  [17, 19],
] as const;

/**
 * Compiles a program whose state never changes, for all sizes of its dimensions, on the CPU. The state becomes
 * constants of the model, which ONNX Runtime folds and packs for its matmul kernels. A forward pass takes a third less
 * time than with the state as inputs.
 *
 * @returns undefined if the state is too large for an ONNX file
 */
export async function compileFrozen(
  frozen: FrozenProgram,
  runtime: OnnxRuntime,
  createSession: CreateSession,
): Promise<CompiledProgram | undefined> {
  if (stateBytes(frozen) > MAX_STATE_BYTES) return undefined;
  const { model: lowered, program } = lowerFrozen(frozen, "cpu", { fuses: true });
  const model = foldConstants(lowered);
  const session = await createSession(encodeModel(frozen.quantized ? withInt8Matmuls(model) : model));
  const outputs = [...program.outputs.keys()];
  return {
    async run(feeds) {
      const values = [...program.feeds.keys()].map((name) => [feedName(name), toOrt(runtime, feeds[name]!)] as const);
      const results = await session.run(Object.fromEntries(values), outputs.map(outputName)).catch((cause: unknown) => {
        throw classifyDeviceFault(cause);
      });
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[outputName(name)]!)]));
    },
    dispose: () => session.release(),
  };
}

/** Returns the size of a program's state in bytes. */
export function stateBytes({ state }: FrozenProgram): number {
  return [...state.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
}

/**
 * Converts a program to an ONNX model for all sizes of its dimensions, with the state as constants.
 *
 * @param options.fuses whether nodes are merged into ops of ONNX Runtime's own that compute several of them @default false
 */
export function lowerFrozen(
  frozen: FrozenProgram,
  device: OnnxDevice,
  { fuses = false } = {},
): { model: OnnxModel; program: Program } {
  const [first, second] = sizesOf(frozen).map((sizes) => traceFor(frozen, sizes, device, fuses));
  const dynamic = withDynamicSizes(first!.sized, second!.sized);
  const { program } = first!;
  const constants = [...program.state.keys()].map((name) => constantOf(name, frozen));
  const inputs = dynamic.inputs.filter(({ name }) => !constants.some((constant) => constant.name === name));
  return { model: { ...dynamic, initializers: [...dynamic.initializers, ...constants], inputs }, program };
}

/** Returns two different sizes of each dimension, within their limits. */
function sizesOf({ dimensions }: FrozenProgram): Record<string, number>[] {
  const names = Object.keys(dimensions);
  return [0, 1].map((i) =>
    Object.fromEntries(names.map((name, at) => [name, Math.min(SIZES[at]![i]!, dimensions[name]! - 1 + i)])),
  );
}

function traceFor(frozen: FrozenProgram, sizes: SizedModel["sizes"], device: OnnxDevice, fuses: boolean) {
  const traced = frozen.trace(sizes);
  const program = fuses ? withMatrixShapes(traced) : traced;
  return { program, sized: { model: lowerToOnnx(program, device, { fuses }).model, sizes } };
}

function constantOf(name: string, { state }: FrozenProgram): OnnxTensor {
  const value = state.get(name);
  if (value === undefined)
    throw new Error(`the frozen program reads state ${name}, which has no value. Add the value to \`state\`.`);
  const { data, shape } = value;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name: stateName(name), type: "float32", shape, bytes };
}
