import { scheduleNames } from "@bertie/common";
import type { OptionTable } from "./table.ts";

/** Options that change the loss or the learning rates. */
export const learningOptions = {
  schedule: {
    group: "Training",
    kind: "choice",
    choices: scheduleNames,
    default: "linear",
    help: "Learning rate after the warmup: linear or cosine (falls to 0), or constant_with_warmup (stays at its peak). constant and none have no warmup. The warmup_ names are those of pytorch-pretrained-bert",
  },
  layerDecay: {
    group: "Training",
    kind: "number",
    argument: "factor",
    above: 0,
    max: 1,
    help: "Multiply the learning rate by this factor for each layer below the head, so that the embeddings have the lowest rate",
    defaultText: "1, the same rate for all layers",
  },
  classWeights: {
    group: "Training",
    kind: "text",
    argument: "balanced|file",
    help: "Weights of the labels in the loss: balanced (rare labels count as much as frequent ones), or a file with a JSON object {label: weight} or lines of label, tab and weight",
    defaultText: "every example has the same weight",
  },
  labelSmoothing: {
    group: "Training",
    kind: "number",
    argument: "share",
    min: 0,
    help: "Spread this share of each target evenly over all labels, such as 0.1, so that predictions are less extreme",
    defaultText: "0",
  },
} as const satisfies OptionTable;
