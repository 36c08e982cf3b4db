import type { OptionTable } from "./table.ts";

/** Options of the linear probe: training only a classifier of fixed features, and the baseline. */
export const probeOptions = {
  headOnly: {
    group: "Training",
    kind: "flag",
    help: "Train only a linear classifier on the features that --model computes. It takes seconds, and is often better with few examples. Options of gradient descent do not apply",
    defaultText: "fine-tune all layers",
  },
  baseline: {
    group: "Evaluation",
    kind: "switch",
    help: "Compare the fine-tuned model with a linear classifier on the features of --model, and list rows that are probably mislabeled",
    defaultText: "on for tables",
  },
} as const satisfies OptionTable;
