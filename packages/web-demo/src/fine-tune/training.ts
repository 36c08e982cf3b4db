import type { RandomState } from "@bertie/common";
import {
  type ConfusionMatrix,
  confusionMatrix,
  convertExamplesToFeatures,
  evaluationBatches,
  type SplitExamples,
  trainingBatches,
} from "@bertie/data";
import {
  countSteps,
  type EvaluationResult,
  evaluate,
  prepareEvaluation,
  startProgress,
  type TrainProgress,
  train,
} from "@bertie/optim";
import type { LiveModel } from "../model/live.ts";

export interface TrainingSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Layers that stay as they are, with the embeddings; 0 for none. */
  readonly frozen: number;
  readonly seed: number;
}

/** How far training has come, and what was seen on the way. Plain data, to be kept. */
export interface Course {
  readonly steps: number;
  readonly progress: TrainProgress;
  /** State of the random generator from which the order of the current epoch is drawn. */
  order?: RandomState;
  readonly losses: { readonly step: number; readonly loss: number }[];
  readonly checks: { readonly step: number; readonly accuracy: number }[];
}

/** How well the model does on the texts held out. */
export interface Evaluation {
  readonly rows: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly labels: readonly string[];
  readonly confusion: ConfusionMatrix;
}

export type TrainingEvent =
  | { readonly type: "start"; readonly steps: number }
  | {
      readonly type: "step";
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly examplesPerSecond: number;
      readonly secondsLeft: number;
    }
  | { readonly type: "check"; readonly step: number; readonly accuracy: number };

const WARMUP = 0.1;
/** Few, because each takes a program, which takes seconds to compile in a browser. */
const PADDED_LENGTHS = 3;
/** So often the accuracy is looked at on the way, on so many rows; in short runs less often, as looking takes time, too. */
const CHECKS = 10;
const ROWS_CHECKED = 64;
const ROWS_BETWEEN_CHECKS = 2 * ROWS_CHECKED;

/**
 * Trains a model that stands in its executor.
 *
 * @param course where to go on, kept up to date
 * @param moments the optimizer's, to go on with
 */
export async function* runTraining(
  { facts, tokenizer, classifier, executor }: LiveModel,
  texts: SplitExamples,
  settings: TrainingSettings,
  course: Course,
  moments: ReadonlyMap<string, Float32Array> | undefined,
): AsyncGenerator<TrainingEvent> {
  const { maxLength, labels } = facts;
  const batching = { ...settings, maxLength, paddedLengths: PADDED_LENGTHS };
  const features = convertExamplesToFeatures(texts.train, labels, maxLength, tokenizer);
  const checked = convertExamplesToFeatures(texts.heldOut.slice(0, ROWS_CHECKED), labels, maxLength, tokenizer);
  const check = evaluationBatches(checked, batching);
  const programs = await prepareEvaluation(executor, classifier, check.shapes, true);
  const { epochs, learningRate, seed } = settings;
  const { progress, steps } = course;
  const options = { epochs, learningRate, seed, warmup: WARMUP, progress, ...(moments && { moments }) };
  const every = Math.max(Math.round(steps / CHECKS), Math.ceil(ROWS_BETWEEN_CHECKS / settings.batchSize));
  const started = { step: progress.steps, seconds: progress.seconds };

  const data = trainingBatches(features, batching, course.order);
  for await (const event of train(executor, classifier, data, options)) {
    course.order = data.orderState(progress.epoch);
    if (event.type === "train-start") yield { type: "start", steps };
    if (event.type !== "step") continue;
    const { step, loss, examplesPerSecond, seconds } = event;
    course.losses.push({ step, loss });
    const secondsLeft = ((seconds - started.seconds) / (step - started.step)) * (steps - step);
    yield { type: "step", step, steps, loss, examplesPerSecond, secondsLeft };
    // The last look is at the end, and none just before.
    const due = step % every === 0 && steps - step >= every / 2;
    if (!due && step !== steps) continue;
    for await (const seen of evaluate(executor, classifier, check.batches(), { programs })) {
      if (seen.type !== "eval-end") continue;
      course.checks.push({ step, accuracy: seen.accuracy });
      yield { type: "check", step, accuracy: seen.accuracy };
    }
  }
}

/** The course of a run that has not begun. */
export function startCourse(texts: SplitExamples, { epochs, batchSize }: TrainingSettings): Course {
  const steps = countSteps(Math.ceil(texts.train.length / batchSize), { epochs });
  return { steps, progress: startProgress(), losses: [], checks: [] };
}

/** Evaluates a model on the texts held out. */
export async function evaluateOn(
  { facts, tokenizer, classifier, executor }: LiveModel,
  { heldOut }: SplitExamples,
  { batchSize }: Pick<TrainingSettings, "batchSize">,
): Promise<Evaluation> {
  const { labels, maxLength } = facts;
  const features = convertExamplesToFeatures(heldOut, labels, maxLength, tokenizer);
  const data = evaluationBatches(features, { batchSize, maxLength, paddedLengths: PADDED_LENGTHS });
  let result: EvaluationResult | undefined;
  for await (const event of evaluate(executor, classifier, data.batches()))
    if (event.type === "eval-end") result = event;
  const { examples, accuracy, loss, predictions } = result!;
  const confusion = confusionMatrix(result!.labels, predictions, labels.length);
  return { rows: examples, accuracy, loss, labels, confusion };
}
