import { BertieError } from "@bertie/common";
import { classWeightsOf } from "@bertie/data";
import { type BertConfig, distanceFromHead } from "@bertie/model";
import { type LossSpec, type Parameter, scheduleNames } from "@bertie/optim";
import type { RunData } from "../data/data-set.ts";
import type { TrainingOptions } from "./options.ts";

/**
 * Returns the loss of a run: the kind of problem and, in training, class weights and label smoothing.
 *
 * @throws BertieError "options/problem-type" if an option does not fit the problem, "options/class-weights" if the
 *   weights do not fit the labels
 */
export function lossOf({ classWeights, labelSmoothing }: TrainingOptions, data: RunData): LossSpec {
  const { problemType = "single_label_classification", labels, train } = data;
  if (train === undefined) return { problemType };
  if (classWeights !== undefined && problemType === "regression")
    throw unsuitable("classWeights (--class-weights) requires labels, but this data has values to predict");
  if (labelSmoothing !== undefined && labelSmoothing > 0 && problemType !== "single_label_classification")
    throw unsuitable("labelSmoothing (--label-smoothing) requires one label per text");
  return {
    problemType,
    ...(classWeights !== undefined && { classWeights: classWeightsOf(classWeights, labels, train.features) }),
    ...(labelSmoothing !== undefined && { labelSmoothing }),
  };
}

function unsuitable(text: string): BertieError {
  return new BertieError("options/problem-type", `${text}. Remove the option.`);
}

/** Returns the parameters with the factors of their learning rates, if requested. */
export function withLayerDecay(
  parameters: readonly Parameter[],
  config: BertConfig,
  { layerDecay = 1 }: TrainingOptions,
): readonly Parameter[] {
  if (layerDecay === 1) return parameters;
  return parameters.map((parameter) => ({
    ...parameter,
    rateFactor: layerDecay ** distanceFromHead(parameter.name, config),
  }));
}

/**
 * Checks the ranges of the learning aids.
 *
 * @throws BertieError "options/range"
 */
export function checkLearningAids({ layerDecay = 1, labelSmoothing = 0, schedule }: TrainingOptions): void {
  const check = (isValid: boolean, option: string, range: string) => {
    if (!isValid) throw new BertieError("options/range", `${option}, but must be ${range}.`);
  };
  check(
    layerDecay > 0 && layerDecay <= 1,
    `layerDecay (--layer-decay) is ${layerDecay}`,
    "above 0 and at most 1, such as 0.9",
  );
  check(
    labelSmoothing >= 0 && labelSmoothing < 1,
    `labelSmoothing (--label-smoothing) is ${labelSmoothing}`,
    "at least 0 and less than 1, such as 0.1",
  );
  check(
    scheduleNames.includes(schedule),
    `schedule (--schedule) is "${schedule}"`,
    `one of ${scheduleNames.join(", ")}`,
  );
}
