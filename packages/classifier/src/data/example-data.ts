import { BertieError, type ProblemType } from "@bertie/common";
import {
  type InputExample,
  type LongText,
  refuseOtherLabels,
  type Split,
  type SplitRecord,
  splitExamples,
  splitFolds,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { InputFile } from "../storage/storage.ts";
import { checkSets, type SetToCheck } from "./check-sets.ts";
import { type DataSet, type RunData, tokenizeSet } from "./data-set.ts";
import { arePairs, type Examples, labelsFor, type ReadExamples, readExampleSet } from "./examples.ts";
import { requireSameProblem } from "./problem-types.ts";
import { describeInput } from "./recorded-source.ts";
import { asInTraining, type TrainingTable } from "./training-table.ts";

/** Examples of a run. */
export interface ExampleRequest {
  /** Undefined if the run does not train. */
  readonly train?: Examples | undefined;
  readonly evaluation?: Examples | undefined;
  /** Examples to classify, with or without labels. */
  readonly test?: Examples | undefined;
  /** Names of the labels, in the order of their ids. @default the labels of the model or of the training examples */
  readonly labels?: readonly string[] | undefined;
  /** Whether to train a new classifier, if the model was fine-tuned on other labels. @default false */
  readonly newLabels?: boolean | undefined;
  /** Fraction of the training examples to hold out for evaluation, if there are no evaluation examples. @default none */
  readonly evalFraction?: number | undefined;
  /** Part of cross-validation: the examples of fold `index` of `count` are held out. */
  readonly fold?: { readonly index: number; readonly count: number } | undefined;
}

/** Settings that determine how examples become features. */
export interface ExampleSettings {
  readonly maxLength: number;
  readonly seed: number;
  readonly longText?: LongText | undefined;
  readonly windowOverlap?: number | undefined;
  /** Whether class weights are set. */
  readonly hasClassWeights?: boolean | undefined;
  /** Labels of the model or of the run to resume, if it was fine-tuned. */
  readonly knownLabels: readonly string[] | undefined;
  /** Kind of problem of the model, if it was fine-tuned. */
  readonly knownProblem?: ProblemType | undefined;
  /** What is known about the training data of the model; for runs that do not train. @default nothing */
  readonly trainingTable?: TrainingTable | undefined;
}

/** Data of a run, and the files it was read from. */
export interface ReadData {
  readonly data: RunData;
  readonly files: readonly InputFile[];
  readonly notes: readonly string[];
}

/**
 * Reads, splits, checks and tokenizes the examples of a run.
 *
 * @throws BertieError "input/…" if examples cannot be read, or would make a bad classifier
 * @example
 * ```ts
 * import { createTokenizer, readExamplesOf } from "@bertie/classifier";
 *
 * const vocabulary = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\n");
 * const { data } = await readExamplesOf(
 *   {
 *     train: [
 *       { text: "good good", label: "positive" },
 *       { text: "bad", label: "negative" },
 *     ],
 *   },
 *   { maxLength: 16, seed: 42, knownLabels: undefined },
 *   () => createTokenizer(vocabulary, "vocab.txt", true),
 * );
 * console.log(data.labels, data.train?.features.length); // [ "negative", "positive" ] 2
 * ```
 */
export async function readExamplesOf(
  request: ExampleRequest,
  settings: ExampleSettings,
  tokenizer: () => Promise<WordPieceTokenizer>,
): Promise<ReadData> {
  const all = request.train && (await readExampleSet("train", request.train));
  const known = (all && factsOfTraining(all)) ?? settings.trainingTable;
  const alike = (examples: Examples) => (known === undefined ? examples : asInTraining(examples, known));
  const given = request.evaluation && (await readExampleSet("dev", alike(request.evaluation)));
  const test = request.test && (await readExampleSet("test", alike(request.test), false));
  const read = [all, given, test].filter((set) => set !== undefined);
  const problem = all ?? given;
  const problemType = problem?.problemType ?? settings.knownProblem ?? "single_label_classification";
  if (all && given) requireSameProblem(given, problemType, "the training examples have");
  const { train, evaluation, split } = splitSets(all, given, request, settings.seed);

  const labels = requestedLabels(request, settings.knownLabels) ?? labelsOf(problem, problemType, request, settings);
  const wordPiece = await tokenizer();
  const checked = checkSets(
    [...setToCheck("train", train), ...setToCheck("dev", evaluation), ...setToCheck("test", test)],
    {
      problemType,
      maxLength: settings.maxLength,
      tokenizer: wordPiece,
      context: {
        // The labels of all rows are known, including rows that are not used.
        knownLabels:
          (request.newLabels ? undefined : settings.knownLabels) ??
          (isLimited(request.train) ? all?.labels : undefined),
        folds: request.fold?.count,
        longText: settings.longText,
        classWeights: settings.hasClassWeights,
        skipBadRows: problem?.onBadRow === "skip",
      },
    },
  );
  const layout = (all ?? given ?? test)?.layout;
  const tokenize = (name: string, set: ReadExamples): DataSet =>
    tokenizeSet(name, set, labels, { ...settings, onBadRow: set.onBadRow }, wordPiece);
  return {
    data: {
      taskName: problem?.taskName,
      pairs: arePairs((train ?? evaluation ?? test)?.examples ?? []),
      problemType,
      labels,
      train: train && tokenize("train", train),
      evaluations: evaluation ? [tokenize("dev", evaluation)] : [],
      predict: test && tokenize("test", test),
      checked,
      ...(layout && { layout }),
      ...(split && { split }),
    },
    files: await Promise.all(read.map(({ fileName, contents }) => describeInput(fileName, contents))),
    notes: read.flatMap(({ notes }) => notes),
  };
}

function factsOfTraining({ layout, examples, problemType }: ReadExamples): TrainingTable {
  return { layout, pairs: arePairs(examples), problemType };
}

function isLimited(examples: Examples | undefined): boolean {
  return examples !== undefined && "first" in examples && examples.first !== undefined;
}

/**
 * Returns the labels that the caller has set. If the model was fine-tuned on the same labels, they keep the order of the
 * model, because its classifier has this order.
 *
 * @throws BertieError "input/other-labels" if the model was fine-tuned on other labels
 */
function requestedLabels(
  { labels, newLabels }: Pick<ExampleRequest, "labels" | "newLabels">,
  knownLabels: readonly string[] | undefined,
): readonly string[] | undefined {
  const isPlaceholder = (label: string, id: number) => label === `LABEL_${id}`;
  if (labels === undefined || newLabels || knownLabels === undefined || knownLabels.every(isPlaceholder)) return labels;
  refuseOtherLabels(labels, knownLabels);
  return knownLabels;
}

function labelsOf(
  set: ReadExamples | undefined,
  problemType: ProblemType,
  { train, newLabels = false }: ExampleRequest,
  { knownLabels }: ExampleSettings,
): readonly string[] {
  if (set !== undefined) return labelsFor(set, knownLabels, { newLabels, train: train !== undefined });
  if (knownLabels !== undefined) return knownLabels;
  const text = `the labels are unknown (${problemType}). Use a model directory with id2label in config.json.`;
  throw new BertieError("input/no-labels", text);
}

function setToCheck(set: SetToCheck["set"], read: ReadExamples | undefined): SetToCheck[] {
  return read === undefined ? [] : [{ set, examples: read.examples, files: read.files }];
}

/** Splits the training examples if the request says so. */
function splitSets(
  all: ReadExamples | undefined,
  given: ReadExamples | undefined,
  { evalFraction, fold }: ExampleRequest,
  seed: number,
): { train: ReadExamples | undefined; evaluation: ReadExamples | undefined; split?: SplitRecord } {
  if (all === undefined || (evalFraction === undefined && fold === undefined)) return { train: all, evaluation: given };
  if (given !== undefined) {
    const option = fold === undefined ? "evalFraction (--eval-fraction)" : "folds (--folds)";
    const text = `${option} splits the training examples, but evaluation examples are given, too. Remove one of the two.`;
    throw new BertieError("options/eval-fraction", text);
  }
  const { examples } = all;
  const { record, ...rows } =
    fold === undefined ? splitExamples(examples, { evalFraction: evalFraction!, seed }) : foldOf(examples, fold, seed);
  const select = (rows: readonly number[], facts: boolean): ReadExamples => ({
    ...all,
    examples: rows.map((row): InputExample => examples[row]!),
    files: facts ? all.files : [],
  });
  return { train: select(rows.train, true), evaluation: select(rows.evaluation, false), split: record };
}

function foldOf(
  examples: readonly InputExample[],
  { index, count }: { readonly index: number; readonly count: number },
  seed: number,
): Split {
  const { folds, record } = splitFolds(examples, { k: count, seed });
  return { ...folds[index]!, record };
}
