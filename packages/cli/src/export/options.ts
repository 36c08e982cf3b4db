import { labeledTableOptions } from "../options/data-options.ts";
import type { OptionTable, OptionValues } from "../options/table.ts";

const { format, ...tableOptions } = labeledTableOptions;

/** Options of `bertie export`. */
export const exportOptions = {
  outputDir: {
    group: "Output",
    kind: "path",
    argument: "dir",
    help: "Directory for the exported model; must be new or empty",
  },
  overwriteOutputDir: {
    group: "Output",
    kind: "flag",
    help: "Replace an existing --output-dir, including all its contents",
  },
  format: {
    group: "Output",
    kind: "choice",
    choices: ["onnx", "safetensors", "pytorch"],
    default: "onnx",
    help: "onnx for transformers.js, optimum and ONNX Runtime; safetensors or pytorch for transformers",
  },
  dtype: {
    group: "Output",
    kind: "texts",
    argument: "names",
    help: "Data types, separated by commas: fp32, fp16 and int8 for onnx, a file each; one of fp32, fp16 and bf16 for the other formats",
    defaultText: "fp32,fp16,int8 for onnx, otherwise fp32",
  },
  check: {
    group: "Evaluation",
    kind: "paths",
    argument: "table",
    help: "With onnx: labeled table on which each file is compared with the original: accuracy, changed labels, differences, speed",
    defaultText: "no comparison",
  },
  calibrate: {
    group: "Evaluation",
    kind: "paths",
    argument: "table",
    help: "With int8: table of texts like the ones to classify. The matrix multiplications whose rounding changes the probabilities of 64 of its texts most stay float32",
    defaultText: "all multiplications are computed in 8 bits",
  },
  ...tableOptions,
  tableFormat: { ...format, help: "Format of the tables of --check and --calibrate" },
} as const satisfies OptionTable;

export type ExportCommandOptions = OptionValues<typeof exportOptions>;
