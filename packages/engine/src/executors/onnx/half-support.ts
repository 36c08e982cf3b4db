import { elementTypes, encodeModel } from "./onnx-model.ts";
import type { OnnxRuntime } from "./runtime.ts";
import type { CreateSession } from "./state-store.ts";

/**
 * Returns whether a device supports float16, which requires the WebGPU feature shader-f16 on GPUs. Runs a small model,
 * because ONNX Runtime has no function to query support.
 */
export async function supportsFloat16(runtime: OnnxRuntime, createSession: CreateSession): Promise<boolean> {
  const cast = (from: string, to: string, type: keyof typeof elementTypes) => {
    return { opType: "Cast", domain: "", inputs: [from], outputs: [to], attributes: { to: elementTypes[type] } };
  };
  const value = (name: string) => ({ name, type: "float32" as const, shape: [1] });
  const nodes = [cast("x", "half", "float16"), cast("half", "y", "float32")];
  const model = { nodes, initializers: [], inputs: [value("x")], outputs: [value("y")] };
  try {
    // Failure is expected here, so only fatal errors are logged.
    const quiet = { logSeverityLevel: 4 } as const;
    const session = await createSession(encodeModel(model), { ...quiet, graphOptimizationLevel: "disabled" });
    const { y } = await session.run({ x: new runtime.Tensor("float32", Float32Array.of(1.5), [1]) }, quiet);
    await session.release();
    return y!.data[0] === 1.5;
  } catch {
    return false;
  }
}
