import { BertieError } from "@bertie/common";
import type { TensorData } from "../../../dtype.ts";
import type { OnnxExecutorOptions } from "../options.ts";
import { fromOrt, messageOf, type OnnxRuntime, toOrt } from "../runtime.ts";

/** A model file that ONNX Runtime has loaded. */
export interface OpenOnnxModel {
  /** Names of the inputs. */
  readonly inputs: readonly string[];
  /** Runs the model. int32 values are passed as int64, as exported models expect. Returns the outputs by name. */
  run(feeds: Readonly<Record<string, TensorData>>): Promise<Record<string, TensorData>>;
  /** Frees the model. */
  dispose(): Promise<void>;
}

/**
 * Loads the bytes of an exported `.onnx` file into ONNX Runtime, on the CPU. See {@link exportOnnx} for an example.
 *
 * @param bytes contents of the file
 * @param options number of threads, and the package to use
 * @throws BertieError "engine/unavailable" if ONNX Runtime is not installed, "engine/device" if it rejects the model
 *
 * @example
 * ```ts
 * import { openOnnxModel } from "@bertie/engine";
 *
 * try {
 *   await openOnnxModel(Uint8Array.of(1, 2, 3));
 * } catch (error) {
 *   console.log((error as { code?: string }).code); // engine/device
 * }
 * ```
 */
export async function openOnnxModel(
  bytes: Uint8Array,
  options: Pick<OnnxExecutorOptions, "threads" | "runtime" | "wasmPaths"> = {},
): Promise<OpenOnnxModel> {
  const runtime: OnnxRuntime =
    typeof options.runtime === "object"
      ? (options.runtime as OnnxRuntime)
      : await (await import("../runtime.node.ts")).loadRuntime(options);
  const { threads } = options;
  const settings = {
    executionProviders: ["cpu"],
    logSeverityLevel: 3 as const,
    // Spinning threads would take time from the sessions of other models.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
    ...(threads && { intraOpNumThreads: threads }),
  };
  const session = await runtime.InferenceSession.create(bytes, settings).catch((cause: unknown) => {
    const text = `ONNX Runtime cannot load the model (${messageOf(cause)}). Export the model again.`;
    throw new BertieError("engine/device", text, { cause });
  });
  return {
    inputs: session.inputNames,
    async run(feeds) {
      const values = Object.entries(feeds).map(([name, value]) => {
        const { dtype, shape, data } = value;
        const wide = () => new runtime.Tensor("int64", BigInt64Array.from(data, BigInt), shape);
        return [name, dtype === "int32" ? wide() : toOrt(runtime, value)] as const;
      });
      const results = await session.run(Object.fromEntries(values));
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
    },
    dispose: () => session.release(),
  };
}
