import type { OptionTable } from "./table.ts";

/** Options of the linear probe: training only a classifier of fixed features, and the baseline. */
export const probeOptions = {
  headOnly: {
    group: "Training",
    kind: "flag",
    help: "Train only a linear classifier of the features that --model computes, which takes seconds and is the better choice for a handful of examples; the other options of training do not apply",
    defaultText: "fine-tune all layers",
  },
  baseline: {
    group: "Evaluation",
    kind: "switch",
    help: "Compare the fine-tuned model with a linear classifier of the features that --model computes before training, which also finds rows that are probably mislabeled",
    defaultText: "on for tables",
  },
} as const satisfies OptionTable;
