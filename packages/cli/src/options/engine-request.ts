import process from "node:process";
import { BertieError } from "@bertie/common";
import { type EngineName, type ExecutorRequest, readDevice } from "@bertie/engine";

/** Options that select the engine and the device. */
interface EngineOptions {
  readonly engine: EngineName;
  readonly device: string;
  readonly noCuda?: boolean;
  readonly threads: number | undefined;
}

/**
 * Returns the requested engine and device. The environment variable `BERTIE_DEVICE` sets the device for "auto".
 *
 * @throws BertieError "engine/device"
 */
export function engineRequest({ engine, device, noCuda = false, threads }: EngineOptions): ExecutorRequest {
  const { name } = readDevice(device, "--device");
  if (!noCuda) return { engine, device, threads, ...(name === "auto" && { autoDevice: defaultDevice() }) };
  if (name === "webgpu" || name === "cuda")
    throw new BertieError("engine/device", `--no-cuda conflicts with --device ${device}. Omit one of the two.`);
  return { engine, device: "cpu", threads };
}

function defaultDevice(): string {
  const device = process.env.BERTIE_DEVICE || "auto";
  readDevice(device, "BERTIE_DEVICE");
  return device;
}
