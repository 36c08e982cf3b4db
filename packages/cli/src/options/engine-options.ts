import type { OptionTable } from "./table.ts";

/** Options that select the engine and its device. */
export const engineOptions = {
  device: {
    group: "Hardware",
    kind: "text",
    default: "auto",
    help: "Device: auto, cpu, webgpu, cuda, or cuda:N for GPU number N, counted from 0. auto selects a GPU if one works and is faster; 'bertie doctor' lists what works. Not tested on real GPUs yet",
  },
  engine: {
    group: "Hardware",
    kind: "choice",
    choices: ["auto", "onnx", "onnx-web", "tensorflow", "reference"],
    default: "auto",
    help: "Compute engine: onnx (ONNX Runtime), onnx-web (its WebAssembly build), tensorflow (optional, trains faster on CPUs) or reference (slow, for checks). auto selects the fastest that is installed",
  },
  precision: {
    group: "Hardware",
    kind: "choice",
    choices: ["fp32", "bf16", "fp16", "int8"],
    help: "Precision of matrix multiplications; bf16 and fp16 are faster on devices with support for them, and fail on others. The weights stay fp32. int8 is for prediction only: three times as fast on CPUs, with slightly different scores",
    defaultText: "fp32",
  },
} as const satisfies OptionTable;
