import { BertieError } from "@bertie/common";

/** A device to run on. */
export interface Device {
  readonly name: "auto" | "cpu" | "webgpu" | "cuda";
  /** Index of the GPU, from 0; only with "cuda". */
  readonly gpu?: number;
}

/**
 * Parses a device: `auto`, `cpu`, `webgpu`, `cuda`, or `cuda:N` for the GPU with index N.
 *
 * @param source name of the option or environment variable that contains the text, for the error message
 * @throws BertieError "engine/device" if the text has another form
 * @example
 * ```ts
 * import { readDevice } from "@bertie/engine";
 *
 * console.log(readDevice("cuda:1")); // { name: "cuda", gpu: 1 }
 * ```
 */
export function readDevice(text: string, source = "device"): Device {
  const [, name, gpu] = /^(?:(auto|cpu|webgpu|cuda)|cuda:(\d{1,3}))$/.exec(text) ?? [];
  if (gpu !== undefined) return { name: "cuda", gpu: Number(gpu) };
  if (name !== undefined) return { name: name as Device["name"] };
  throw new BertieError("engine/device", `${source} is "${text}". Expected auto, cpu, webgpu, cuda or cuda:N.`);
}
