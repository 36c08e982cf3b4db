import type { ProblemType } from "@bertie/common";
import {
  type BadRows,
  convertExamplesToFeatures,
  type ExampleLog,
  type ExampleSet,
  type InputExample,
  type InputFeatures,
  type OnBadRow,
  readFeatures,
  skipUnknownLabels,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { BertConfig } from "@bertie/model";

/** Tokenized set of examples. */
export interface DataSet {
  /** Name of the set, such as "train" or "dev". */
  readonly name: string;
  readonly features: readonly InputFeatures[];
  /** Examples in the order of the features; absent if the set was read as features. */
  readonly examples?: readonly InputExample[];
  /** Ids of the examples, if they have ids. */
  readonly guids?: readonly string[];
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
  /** Probability from which a label is predicted in multi-label problems, for all labels or per label. @default 0.5 */
  readonly thresholds?: number | readonly number[];
  readonly train: DataSet | undefined;
  /** Evaluation sets: the dev set and, for mnli, the mismatched dev set if it exists. */
  readonly evaluations: readonly DataSet[];
  readonly predict: DataSet | undefined;
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
  { maxLength, onBadRow }: { readonly maxLength: number; readonly onBadRow: OnBadRow },
  tokenizer: WordPieceTokenizer,
): DataSet {
  const set = onBadRow === "skip" ? skipUnknownLabels(read, labels) : read;
  const logs: ExampleLog[] = [];
  const onExample = (log: ExampleLog) => logs.push(log);
  const features = convertExamplesToFeatures(set.examples, labels, maxLength, tokenizer, { onExample });
  return {
    name,
    features,
    examples: set.examples,
    guids: set.examples.map(({ guid }) => guid),
    logs,
    notes: notesOn(set),
  };
}

/**
 * Reads a set from a file of tokenized features. Every row must have a label.
 *
 * @throws BertieError "input/…" if the file is malformed or exceeds the limits
 */
export function featureSet(
  name: string,
  { fileName, bytes }: { readonly fileName: string; readonly bytes: Uint8Array },
  { vocabSize, typeVocabSize }: BertConfig,
  limits: { readonly maxSeqLength: number; readonly numLabels: number | undefined },
  onBadRow: OnBadRow,
): DataSet {
  const needed = { vocabSize, typeVocabSize, ...limits, needsLabel: true };
  const set = readFeatures(bytes, fileName, needed, { onBadRow });
  return { name, features: set.features, logs: [], notes: notesOn(set) };
}

interface ReadFile {
  readonly fileName: string;
  readonly blankLines: number;
  readonly badRows?: BadRows;
}

function notesOn({ fileName, blankLines, badRows }: ReadFile): string[] {
  const notes: string[] = [];
  if (blankLines > 0) notes.push(`${fileName}: skipped ${blankLines} blank line${blankLines === 1 ? "" : "s"}`);
  if (badRows) {
    const rows = `${badRows.count} bad row${badRows.count === 1 ? "" : "s"}`;
    notes.push(`${fileName}: skipped ${rows}. First bad row: ${badRows.first}`);
  }
  return notes;
}
