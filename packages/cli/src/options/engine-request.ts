import process from "node:process";
import { BertieError } from "@bertie/common";
import { type EngineName, type ExecutorRequest, readDevice } from "@bertie/engine";

/** The command's options that choose an engine and a device. */
interface EngineOptions {
  readonly engine: EngineName;
  readonly device: string;
  readonly noCuda?: boolean;
  readonly threads: number | undefined;
}

/**
 * Returns the engine and the device that the options ask for; the environment variable BERTIE_DEVICE says what device
 * "auto" is.
 *
 * @throws BertieError "engine/device"
 */
export function engineRequest({ engine, device, noCuda = false, threads }: EngineOptions): ExecutorRequest {
  const { name } = readDevice(device, "--device");
  if (!noCuda) return { engine, device, threads, ...(name === "auto" && { autoDevice: defaultDevice() }) };
  if (name === "webgpu" || name === "cuda")
    throw new BertieError("engine/device", `--no-cuda conflicts with --device ${device}: omit one of the two`);
  return { engine, device: "cpu", threads };
}

function defaultDevice(): string {
  const device = process.env.BERTIE_DEVICE || "auto";
  readDevice(device, "BERTIE_DEVICE");
  return device;
}
