export { type ScheduleName, scheduleNames } from "@bertie/common";
export { averageLogits, averageWindows } from "./average-windows.ts";
export { type AdamState, allFinite, type BertAdamOptions, bertAdam, bertAdamDefaults } from "./bert-adam.ts";
export type { BatchTensors, Classifier, Parameter } from "./classifier.ts";

export { deployableModel } from "./deployable-model.ts";
export {
  argMax,
  type Classification,
  type ClassifyOptions,
  classify,
  type EvaluationEvent,
  type EvaluationPrograms,
  type EvaluationResult,
  evaluate,
  prepareEvaluation,
  probabilities,
} from "./evaluate.ts";

export { type FrozenEvaluationOptions, prepareFrozenEvaluation } from "./frozen-evaluation.ts";
export { type Inference, type InferenceOptions, prepareInference } from "./inference.ts";
export {
  type CrossValidatedHead,
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type FitProgress,
  fitWithCrossValidation,
} from "./logistic-regression/cross-validation.ts";
export { type Fold, stratifiedFolds } from "./logistic-regression/folds.ts";
export { type MinimizeOptions, type Minimum, minimize, type Objective } from "./logistic-regression/lbfgs.ts";
export {
  type FitOptions,
  fitLinearHead,
  type HeadData,
  headLogits,
  type LinearHead,
  type Link,
} from "./logistic-regression/linear-head.ts";
export type { LossSpec } from "./loss.ts";
export { isAtFloor, nextLossScale } from "./loss-scale.ts";
export { type PlannedUpdate, plannedUpdates } from "./planned-updates.ts";
export type { EvaluationOptions } from "./programs.ts";
export { startProgress, type TrainProgress, type TrainResult, trainResult } from "./progress.ts";
export { type LearningRate, learningRateAt, type Schedule, scheduleOf, schedules } from "./schedules.ts";
export {
  createStepper,
  momentsOf,
  readParameters,
  type StateSpec,
  type StepInput,
  type Stepper,
  type StepperOptions,
  type StepResult,
  writeParameters,
} from "./stepper.ts";
export { type TrainEvent, type TrainStep, train, type WarmUp } from "./train.ts";
export { countSteps, type TrainingData, type TrainOptions } from "./train-options.ts";
