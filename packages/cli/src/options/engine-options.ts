import type { OptionTable } from "./table.ts";

/** What computes, and where. */
export const engineOptions = {
  device: {
    from: "bertie",
    kind: "text",
    default: "auto",
    help: "where to compute, there or not at all: auto, cpu, webgpu, or cuda, of which cuda:1 is the second",
  },
  engine: {
    from: "bertie",
    kind: "choice",
    choices: ["auto", "onnx", "onnx-web", "tensorflow", "reference"],
    default: "auto",
    help: "what computes",
  },
  precision: {
    from: "bertie",
    kind: "choice",
    choices: ["fp32", "bf16", "fp16"],
    help: "what matrix products are computed in, there or not at all; default fp32",
  },
} as const satisfies OptionTable;
