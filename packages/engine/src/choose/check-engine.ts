import { BertieError } from "@bertie/common";
import { type Device, readDevice } from "./device.ts";

/** The name of an engine; "auto" selects the fastest engine that is installed. */
export type EngineName = "auto" | "onnx" | "onnx-web" | "tensorflow" | "reference";

/** The engine and the device of an executor. */
export interface EngineRequest {
  /**
   * The engine.
   *
   * @default "auto"
   */
  readonly engine?: EngineName | undefined;
  /**
   * The device, in the form that readDevice() parses. Other devices are not tried if this one is not available.
   *
   * @default "auto"
   */
  readonly device?: string | undefined;
  /** Device that replaces "auto" if the engine runs on it. */
  readonly autoDevice?: string | undefined;
}

/** A valid combination of engine and device. */
export interface CheckedEngine {
  readonly engine: EngineName;
  readonly device: Device["name"];
  /** Index of the GPU, if the request names one. */
  readonly gpu: number | undefined;
}

/**
 * Checks that an engine runs on a device, without loading anything.
 *
 * @throws BertieError "engine/device" if the engine does not run on the device or the device is invalid
 * @example
 * ```ts
 * import { checkEngine } from "@bertie/engine";
 *
 * console.log(checkEngine({ engine: "tensorflow", device: "cuda:1" }));
 * // { engine: "tensorflow", device: "cuda", gpu: 1 }
 * ```
 */
export function checkEngine({ engine = "auto", device = "auto", autoDevice = "auto" }: EngineRequest): CheckedEngine {
  const supported = SUPPORTED_DEVICES[engine];
  const runsOn = ({ name }: Device) => supported.includes(name);
  const asked = readDevice(device);
  const preferred = asked.name === "auto" ? readDevice(autoDevice, "autoDevice") : asked;
  const chosen = runsOn(preferred) ? preferred : asked;
  if (runsOn(chosen)) return { engine, device: chosen.name, gpu: chosen.gpu };
  const text = `engine ${engine} does not run on ${device} (supported: ${supported.join(", ")}). Choose another engine or device.`;
  throw new BertieError("engine/device", text);
}

const SUPPORTED_DEVICES: Readonly<Record<EngineName, readonly Device["name"][]>> = {
  auto: ["auto", "cpu", "webgpu", "cuda"],
  onnx: ["auto", "cpu", "webgpu", "cuda"],
  "onnx-web": ["auto", "cpu"],
  tensorflow: ["auto", "cpu", "cuda"],
  reference: ["auto", "cpu"],
};
