import type { BertConfig } from "../config.ts";
import { parameterSpecs } from "../parameters.ts";
import { matchTensors } from "../pretrained.ts";
import type { NamedTensors } from "../weights/tensor.ts";

/**
 * Returns the labels of a classifier with two labels that its configuration does not name, as transformers writes it by
 * default: LABEL_0 and LABEL_1. Returns undefined if the configuration has labels, or the weights are not such a classifier.
 */
export function defaultLabels(config: BertConfig, tensors: NamedTensors | undefined): string[] | undefined {
  if (config.labels !== undefined || tensors === undefined) return undefined;
  const specs = parameterSpecs(config, 2);
  const { sources } = matchTensors(specs, tensors, "");
  const matches = specs.every(({ name, shape }) => sources.get(name)?.tensor.shape.join() === shape.join());
  return matches ? ["LABEL_0", "LABEL_1"] : undefined;
}
