import { countFittedRows, type DataSummary, type InputExample, splitExamples, splitFolds } from "@bertie/data";
import { countSteps } from "@bertie/optim";
import type { RunOptions } from "../options/run-options.ts";

/** Tokens of a padded batch per token of text, as measured on the bundled reviews. */
const PADDING = 1.15;

/** Amount of work of a training run. */
export interface Plan {
  readonly rows: number;
  readonly evaluationRows: number;
  /** Number of sequences per epoch: more than rows if long texts are split into windows. */
  readonly sequences: number;
  readonly steps: number;
  /** Number of tokens of all updates, padding included. */
  readonly tokens: number;
}

/** Training rows before rows are held out, as far as they determine the number of steps. */
export interface TrainingRows {
  /** Examples in the order of the table; undefined if the table is too large to keep them. */
  readonly examples: readonly InputExample[] | undefined;
  /** Number of sequences of each example; empty if long texts are not split into windows. */
  readonly sequences: readonly number[];
}

type PlanOptions = Pick<
  RunOptions,
  | "doEval"
  | "evalFraction"
  | "folds"
  | "fold"
  | "seed"
  | "maxTrainSamples"
  | "trainBatchSize"
  | "numTrainEpochs"
  | "maxSteps"
  | "maxSeqLength"
>;

/** Returns the amount of work of a run; undefined if it does not train. */
export function planOf(summary: DataSummary, options: PlanOptions, training?: TrainingRows): Plan | undefined {
  const train = summary.sets.find(({ set }) => set === "train");
  const evaluation = summary.sets.find(({ set }) => set === "dev");
  if (train === undefined) return undefined;
  const used = Math.min(train.rows, options.maxTrainSamples ?? Number.POSITIVE_INFINITY);
  const trained =
    evaluation === undefined && options.doEval ? trainedRows(used, options, training?.examples) : Array(used).keys();
  const list = [...trained];
  const rows = list.length;
  const sequences = training?.sequences.length ? list.reduce((sum, row) => sum + training.sequences[row]!, 0) : rows;
  const steps = countSteps(Math.ceil(sequences / options.trainBatchSize), {
    epochs: options.numTrainEpochs,
    ...(options.maxSteps !== undefined && { maxSteps: options.maxSteps }),
  });
  const length = Math.min(train.lengths?.mean ?? options.maxSeqLength, options.maxSeqLength);
  const tokens = Math.round(steps * options.trainBatchSize * length * PADDING);
  return { rows, evaluationRows: evaluation?.rows ?? used - rows, sequences, steps, tokens };
}

/** Returns the indices of the rows that are not held out for evaluation. */
function trainedRows(
  count: number,
  { evalFraction, folds, fold = 1, seed }: PlanOptions,
  examples: readonly InputExample[] | undefined,
): Iterable<number> {
  if (folds === undefined && evalFraction === undefined) return Array(count).keys();
  if (examples === undefined) {
    const heldOut = Math.max(1, Math.round(count * (evalFraction ?? 1 / folds!)));
    return Array(count - heldOut).keys();
  }
  const used = examples.slice(0, count);
  if (folds !== undefined) return splitFolds(used, { k: folds, seed }).folds[fold - 1]!.train;
  return splitExamples(used, { evalFraction: evalFraction!, seed }).train;
}

/** Counts the sequences of examples. */
export type CountSequences = (examples: readonly InputExample[]) => number[];

/**
 * Returns a function that counts the sequences that examples become.
 *
 * @param countTokens counts the tokens of texts, including [CLS] and [SEP]
 */
export function sequenceCounter(
  { maxSeqLength, longText, windowOverlap }: Pick<RunOptions, "maxSeqLength" | "longText" | "windowOverlap">,
  countTokens: (texts: readonly string[]) => { readonly lengths: ArrayLike<number> },
): CountSequences {
  const options = { maxLength: maxSeqLength, longText: longText ?? "truncate", windowOverlap };
  return (examples) => {
    const first = countTokens(examples.map(({ textA }) => textA)).lengths;
    const second = countTokens(examples.map(({ textB }) => textB ?? "")).lengths;
    return examples.map(({ textB }, i) =>
      countFittedRows(first[i]! - 2, textB === undefined ? undefined : second[i]! - 2, options),
    );
  };
}
