import { engineOptions } from "../options/engine-options.ts";
import type { OptionTable, OptionValues } from "../options/table.ts";

/** The options of `bertie bench step` and `bertie bench inference`. */
export const benchOptions = {
  layers: { from: "bertie", kind: "integer", default: 4, min: 1, max: 1000, help: "of the encoder" },
  hiddenSize: { from: "bertie", kind: "integer", default: 312, min: 1, max: 2 ** 16, help: "of the encoder's states" },
  heads: { from: "bertie", kind: "integer", default: 12, min: 1, max: 4096, help: "of attention" },
  intermediateSize: {
    from: "bertie",
    kind: "integer",
    default: 1248,
    min: 1,
    max: 2 ** 18,
    help: "of the feed-forward networks",
  },
  vocabSize: { from: "bertie", kind: "integer", default: 21128, min: 1, max: 2 ** 24, help: "of the vocabulary" },
  batchSize: { from: "bertie", kind: "integer", default: 32, min: 1, help: "texts per batch" },
  seqLength: { from: "bertie", kind: "integer", default: 128, min: 1, help: "tokens per text" },
  ...engineOptions,
  threads: { from: "bertie", kind: "integer", default: 2, min: 1, max: 1024, help: "of the CPU" },
  steps: { from: "bertie", kind: "integer", default: 10, min: 1, help: "runs that are measured" },
  warmupSteps: { from: "bertie", kind: "integer", default: 2, min: 0, help: "runs before them" },
  productsAlone: { from: "bertie", kind: "flag", help: "only its matrix products: the whole cannot take less" },
  json: { from: "bertie", kind: "flag", help: "write one JSON object" },
} as const satisfies OptionTable;

export type BenchOptions = OptionValues<typeof benchOptions>;
