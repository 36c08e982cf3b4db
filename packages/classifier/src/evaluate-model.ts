import { problemTypeOf } from "@bertie/model";
import { tokenizeSet } from "./data/data-set.ts";
import { type Examples, readExampleSet } from "./data/examples.ts";
import { requireSameProblem } from "./data/problem-types.ts";
import { asInTraining, trainingTableOf } from "./data/training-table.ts";
import type { LoadedModel } from "./load-model.ts";
import { frozenPrograms } from "./probe/head-state.ts";
import { evaluateOn, prepareSet } from "./run/classify-sets.ts";
import { trainingDefaults } from "./run/options.ts";
import { confusionOf } from "./run/results.ts";
import type { Evaluation } from "./text-classifier-options.ts";

/** Function that evaluates a model, see {@link prepareEvaluationOf}. */
export type EvaluateModel = (
  /** Parameters to compile as constants; undefined for the parameters in the state of the executor. */
  constant: ReadonlyMap<string, Float32Array> | undefined,
  signal: AbortSignal | undefined,
) => Promise<Evaluation>;

/** Reads and tokenizes examples to evaluate a model on. */
export async function prepareEvaluationOf(model: LoadedModel, examples: Examples): Promise<EvaluateModel> {
  const { labels, executor, classifier, maxLength, precision, directory, tokenizer } = model;
  const problemType = problemTypeOf(directory.config, labels.length);
  const read = await readExampleSet("evaluation", asInTraining(examples, trainingTableOf(directory)));
  requireSameProblem(read, problemType, "the model expects");
  const set = tokenizeSet(
    "dev",
    read,
    labels,
    { maxLength, longText: model.longText, windowOverlap: model.windowOverlap, onBadRow: read.onBadRow },
    tokenizer,
  );
  const { taskName } = directory.trained;
  const data = {
    taskName,
    pairs: false,
    problemType,
    labels,
    train: undefined,
    evaluations: [set],
    predict: undefined,
    thresholds: model.threshold,
  };
  const evaluator = { options: { ...trainingDefaults, maxLength }, executor, classifier, precision, data };
  return async (constant, signal) => {
    const prepared = await prepareSet(evaluator, set, constant && (await frozenPrograms(evaluator, set, constant)));
    try {
      const events = evaluateOn(evaluator, prepared, signal);
      let next = await events.next();
      while (!next.done) next = await events.next();
      const { accuracy = Number.NaN, loss = Number.NaN } = next.value.scores;
      const { examples: count, scores: metrics, metrics: details } = next.value;
      return { examples: count, accuracy, loss, metrics, labels, confusion: confusionOf(details), details };
    } finally {
      await prepared.options.programs?.dispose();
    }
  };
}
