import type { Device, EngineName, PrecisionName } from "@bertie/engine";
import type { Placement } from "./placement.ts";

/** An engine and a device to run it on. */
export interface Target {
  readonly engine: EngineName;
  readonly device: Device["name"];
}

/** Result of testing an engine on a device. */
export interface ProbeResult {
  readonly works: boolean;
  /** One line: the measurements, or the reason why the engine does not work and how to install it. */
  readonly detail: string;
  /** Version of the engine's library. */
  readonly version?: string;
  readonly precisions?: readonly PrecisionName[];
  /** Duration of a matrix multiplication, in milliseconds. */
  readonly matmul_ms?: number;
  /** Duration of a training step of a small BERT, in milliseconds. */
  readonly step_ms?: number;
  /** Duration of a training step of a larger BERT, in milliseconds; measured only if the small step is fast. */
  readonly large_step_ms?: number;
  /** Number of nodes of the training step per provider, if requested and reported by the engine. */
  readonly placement?: Placement;
}

/** The supported combinations of engine and device. */
export const TARGETS: readonly Target[] = [
  { engine: "tensorflow", device: "cpu" },
  { engine: "tensorflow", device: "cuda" },
  { engine: "onnx", device: "cpu" },
  { engine: "onnx", device: "webgpu" },
  { engine: "onnx", device: "cuda" },
  { engine: "onnx-web", device: "cpu" },
  { engine: "reference", device: "cpu" },
];
