import { labeledTableOptions } from "../options/data-options.ts";
import { engineOptions } from "../options/engine-options.ts";
import { modelOptions } from "../options/model-options.ts";
import type { OptionTable, OptionValues } from "../options/table.ts";
import { vocabularyOptions } from "../tokenize/vocabulary.ts";

/** Options of `bertie bench step`. */
export const benchOptions = {
  layers: { group: "Model", kind: "integer", default: 4, min: 1, max: 1000, help: "Number of encoder layers" },
  hiddenSize: {
    group: "Model",
    kind: "integer",
    default: 312,
    min: 1,
    max: 2 ** 16,
    help: "Size of the hidden states, a multiple of --heads",
  },
  heads: { group: "Model", kind: "integer", default: 12, min: 1, max: 4096, help: "Number of attention heads" },
  intermediateSize: {
    group: "Model",
    kind: "integer",
    default: 1248,
    min: 1,
    max: 2 ** 18,
    help: "Size of the feed-forward layers",
  },
  vocabSize: {
    group: "Model",
    kind: "integer",
    default: 21128,
    min: 1,
    max: 2 ** 24,
    help: "Number of tokens in the vocabulary",
  },
  batchSize: { group: "Data", kind: "integer", default: 32, min: 1, help: "Number of texts per batch" },
  seqLength: { group: "Data", kind: "integer", default: 128, min: 1, help: "Number of tokens per text" },
  ...engineOptions,
  precision: {
    ...engineOptions.precision,
    choices: ["fp32", "bf16", "fp16"],
    help: "Precision of matrix multiplications; bf16 and fp16 are faster on devices with support for them, and fail on others",
  },
  threads: { group: "Hardware", kind: "integer", default: 2, min: 1, max: 1024, help: "Number of CPU threads" },
  steps: { group: "Evaluation", kind: "integer", default: 10, min: 1, help: "Number of measured runs" },
  warmupSteps: {
    group: "Evaluation",
    kind: "integer",
    default: 2,
    min: 0,
    help: "Number of warmup runs, which are not measured",
  },
  productsAlone: {
    group: "Evaluation",
    kind: "flag",
    help: "Run only the matrix multiplications; their time is a lower bound on the total",
  },
  json: { group: "Output", kind: "flag", help: "Write the result as one JSON object" },
} as const satisfies OptionTable;

/** Options of `bertie bench inference`. */
export const inferenceBenchOptions = {
  ...benchOptions,
  model: {
    ...modelOptions.model,
    help: "Model whose precisions are compared on tables of labeled texts: accuracy, changed labels, differences, speed",
    defaultText: "a model of random weights",
  },
  ...labeledTableOptions,
  precision: {
    ...engineOptions.precision,
    help: "Precision of matrix multiplications; with --model, the precision to compare with fp32. bf16 and fp16 fail on devices without support for them",
    defaultText: "fp32, or int8 with --model",
  },
} as const satisfies OptionTable;

export type InferenceBenchOptions = OptionValues<typeof inferenceBenchOptions>;
/** Options of {@link benchOptions}, with the precisions of inference. */
export type BenchOptions = Pick<InferenceBenchOptions, keyof typeof benchOptions>;

/** Options of `bertie bench tokenize`. */
export const tokenizerBenchOptions = {
  ...vocabularyOptions,
  passes: { group: "Evaluation", kind: "integer", default: 5, min: 1, help: "Number of measured passes over the text" },
  json: { group: "Output", kind: "flag", help: "Write the result as one JSON object" },
} as const satisfies OptionTable;
