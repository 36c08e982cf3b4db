import type { OptionTable } from "./table.ts";

/** Options that select the engine and its device. */
export const engineOptions = {
  device: {
    group: "Hardware",
    kind: "text",
    default: "auto",
    help: "Device to run on: auto, cpu, webgpu, cuda, or cuda:N for GPU number N, counted from 0; fails if it is unavailable",
  },
  engine: {
    group: "Hardware",
    kind: "choice",
    choices: ["auto", "onnx", "onnx-web", "tensorflow", "reference"],
    default: "auto",
    help: "Engine to run on; fails if it is unavailable",
  },
  precision: {
    group: "Hardware",
    kind: "choice",
    choices: ["fp32", "bf16", "fp16"],
    help: "Precision of matrix multiplications; fails if the device does not support it",
    defaultText: "fp32",
  },
} as const satisfies OptionTable;
