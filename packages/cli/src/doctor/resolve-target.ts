import { createExecutor } from "@bertie/engine";
import { engineRequest } from "../options/engine-request.ts";
import type { Target } from "./target.ts";
import { tryWebgpu } from "./try-webgpu.ts";

/** Resolves "auto" as a target's engine or device to the engine and the device that a training run would use. */
export async function resolveTarget(target: Target): Promise<Target> {
  const { engine, device, dispose } = await createExecutor({
    ...engineRequest({ ...target, threads: undefined }),
    measureWebgpu: tryWebgpu,
  });
  await dispose();
  return { engine, device } as Target;
}
