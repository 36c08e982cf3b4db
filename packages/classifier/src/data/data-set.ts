import type { NamedBytes, ProblemType } from "@bertie/common";
import {
  type BadRows,
  badRowsNote,
  type ConvertOptions,
  convertExamplesToFeatures,
  type ExampleLog,
  type ExampleSet,
  type FeatureLimits,
  type InputExample,
  type InputFeatures,
  type OnBadRow,
  readFeatureParts,
  type SetName,
  type SplitRecord,
  skipUnknownLabels,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { BertConfig } from "@bertie/model";
import type { CheckedData } from "./check-sets.ts";
import type { TrainingLayout } from "./training-layout.ts";

/** Tokenized set of examples. */
export interface DataSet {
  /** Name of the set, such as "train" or "dev". */
  readonly name: string;
  readonly features: readonly InputFeatures[];
  /** Kind of the labels, if the set was read as features with labels. */
  readonly problemType?: ProblemType;
  /** Examples in the order of the features; absent if the set was read as features. */
  readonly examples?: readonly InputExample[];
  /** Ids of the examples, if they have ids. */
  readonly guids?: readonly string[];
  /** Test set of the task for which GLUE accepts predictions; absent for other sets. */
  readonly submission?: SetName;
  /** Texts, tokens and ids of the first examples for the log; empty if the set was read as features. */
  readonly logs: readonly ExampleLog[];
  /** Notes for the user about the file. */
  readonly notes: readonly string[];
}

/** Data of a run. */
export interface RunData {
  /** Name of the task that determines file layout and metric; undefined for other data. */
  readonly taskName: string | undefined;
  /** Whether the examples are pairs of texts. */
  readonly pairs: boolean;
  /** Kind of problem. @default "single_label_classification" */
  readonly problemType?: ProblemType;
  /** Names of the labels, in the order of their ids; one name for regression. */
  readonly labels: readonly string[];
  /** Minimum probability at which a label is predicted in multi-label problems, for all labels or per label. @default 0.5 */
  readonly thresholds?: number | readonly number[];
  readonly train: DataSet | undefined;
  /** Evaluation sets: the dev set and, for mnli, the mismatched dev set if it exists. */
  readonly evaluations: readonly DataSet[];
  readonly predict: DataSet | undefined;
  /** Further test sets, which are predicted only for submissions to GLUE. */
  readonly otherPredictions?: readonly DataSet[];
  /** Summary of the data; absent if the sets were read as features. */
  readonly checked?: CheckedData;
  /** Columns of the training table; absent for other data. */
  readonly layout?: TrainingLayout;
  /** Which examples were held out for evaluation; absent if the training set was not split. */
  readonly split?: SplitRecord;
}

/** Settings of {@link tokenizeSet}. */
export interface ConvertSettings extends Pick<ConvertOptions, "longText" | "windowOverlap"> {
  readonly maxLength: number;
  readonly onBadRow: OnBadRow;
}

/**
 * Tokenizes a set of examples.
 *
 * @throws BertieError "input/unknown-label" if an example has a label that is not in `labels`, unless bad rows are
 *   skipped
 */
export function tokenizeSet(
  name: string,
  read: ExampleSet,
  labels: readonly string[],
  settings: ConvertSettings,
  tokenizer: WordPieceTokenizer,
): DataSet {
  const { maxLength, onBadRow, longText, windowOverlap } = settings;
  const set = onBadRow === "skip" ? skipUnknownLabels(read, labels) : read;
  const logs: ExampleLog[] = [];
  const onExample = (log: ExampleLog) => logs.push(log);
  const features = convertExamplesToFeatures(set.examples, labels, maxLength, tokenizer, {
    onExample,
    longText,
    windowOverlap,
  });
  return {
    name,
    features,
    examples: set.examples,
    guids: set.examples.map(({ guid }) => guid),
    logs,
    notes: notesOn(set),
  };
}

/** Returns whether every row of a set has a label or targets. */
export function isLabeled({ features }: DataSet): boolean {
  return features.every(({ labelId, targets }) => labelId !== undefined || targets !== undefined);
}

/**
 * Reads a set from a file of tokenized features. Every row must have a label.
 *
 * @throws BertieError "input/…" if the file is malformed or exceeds the limits
 */
export async function featureSet(
  name: string,
  { fileName, files }: { readonly fileName: string; readonly files: readonly NamedBytes[] },
  { vocabSize, typeVocabSize }: BertConfig,
  limits: Pick<FeatureLimits, "maxSeqLength" | "numLabels" | "problemType">,
  onBadRow: OnBadRow,
): Promise<DataSet> {
  const needed = { vocabSize, typeVocabSize, ...limits, needsLabel: true };
  const set = await readFeatureParts(fileName, files, needed, { onBadRow });
  const { features, problemType } = set;
  return { name, features, ...(problemType && { problemType }), logs: [], notes: notesOn(set) };
}

interface ReadFile {
  readonly fileName: string;
  readonly blankLines: number;
  readonly badRows?: BadRows;
}

function notesOn({ fileName, blankLines, badRows }: ReadFile): string[] {
  const notes: string[] = [];
  if (blankLines > 0) notes.push(`${fileName}: skipped ${blankLines} blank line${blankLines === 1 ? "" : "s"}`);
  if (badRows) notes.push(badRowsNote(fileName, badRows));
  return notes;
}
