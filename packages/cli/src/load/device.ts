import { BertieError } from "@bertie/common";

/** Where to compute. */
export interface Device {
  readonly name: "auto" | "cpu" | "webgpu" | "cuda";
  /** Which GPU, from 0; only with "cuda". */
  readonly gpu?: number;
}

/**
 * Reads a device: `auto`, `cpu`, `webgpu`, `cuda`, or `cuda:1` for the second GPU.
 *
 * @param source what gives it, for the error
 * @throws BertieError "engine/device"
 */
export function readDevice(text: string, source = "--device"): Device {
  const [, name, gpu] = /^(?:(auto|cpu|webgpu|cuda)|cuda:(\d{1,3}))$/.exec(text) ?? [];
  if (gpu !== undefined) return { name: "cuda", gpu: Number(gpu) };
  if (name !== undefined) return { name: name as Device["name"] };
  throw new BertieError("engine/device", `${source} ${text}: give auto, cpu, webgpu, cuda, or cuda:N`);
}
