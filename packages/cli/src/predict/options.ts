import { runOptions } from "../options/run-options.ts";
import type { OptionTable } from "../options/table.ts";

/** Options of `bertie predict`: the options of a run, and those of parts and of streams. */
export const predictOptions = {
  ...runOptions,
  outputDir: {
    ...runOptions.outputDir,
    help: "Directory or s3://… for the predictions; must be new or empty. Objects on a store are never replaced",
  },
  shard: {
    group: "Data",
    kind: "text",
    argument: "i/n",
    help: "Classify only part I of N parts, counted from 1, such as 2/8, and write to part-I-of-N in --output-dir. slurm/N, k8s/N and auto/N read I from the environment of a Slurm array or a Kubernetes Indexed Job",
    defaultText: "the whole input",
  },
  keyFields: {
    group: "Data",
    kind: "integer",
    min: 0,
    max: 1000,
    help: "As a filter of lines without a header: copy the first N tab-separated fields of each line, classify the rest, and write the fields and the result. Empty input is allowed",
    defaultText: "write a header, and no fields",
  },
} as const satisfies OptionTable;
