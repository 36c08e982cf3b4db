import type { OptionTable } from "./table.ts";

/** The options for the engine and its device. */
export const engineOptions = {
  device: {
    from: "bertie",
    kind: "text",
    default: "auto",
    help: "device to run on: auto, cpu, webgpu, cuda, or cuda:1 for the second GPU; fails if unavailable",
  },
  engine: {
    from: "bertie",
    kind: "choice",
    choices: ["auto", "onnx", "onnx-web", "tensorflow", "reference"],
    default: "auto",
    help: "engine to run on; fails if unavailable",
  },
  precision: {
    from: "bertie",
    kind: "choice",
    choices: ["fp32", "bf16", "fp16"],
    help: "precision of matrix multiplications; fails if unavailable (default fp32)",
  },
} as const satisfies OptionTable;
