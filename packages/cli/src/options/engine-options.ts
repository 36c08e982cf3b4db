import type { OptionTable } from "./table.ts";

/** What computes, and where. */
export const engineOptions = {
  device: {
    from: "bertie",
    kind: "choice",
    choices: ["auto", "cpu", "webgpu", "cuda"],
    default: "auto",
    help: "where to compute, there or not at all",
  },
  engine: {
    from: "bertie",
    kind: "choice",
    choices: ["auto", "onnx", "tensorflow", "reference"],
    default: "auto",
    help: "what computes",
  },
} as const satisfies OptionTable;
