import { createExecutor } from "@bertie/engine";
import { engineRequest } from "../options/engine-request.ts";
import type { Target } from "./target.ts";
import { tryWebgpu } from "./try-webgpu.ts";

/** Returns the engine and the device that are chosen for a target, which may name "auto" as either. */
export async function resolveTarget(target: Target): Promise<Target> {
  const { engine, device, dispose } = await createExecutor({
    ...engineRequest({ ...target, threads: undefined }),
    measureWebgpu: tryWebgpu,
  });
  await dispose();
  return { engine, device } as Target;
}
