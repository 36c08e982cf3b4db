import {
  type BadRows,
  convertExamplesToFeatures,
  type ExampleLog,
  type ExampleSet,
  type InputFeatures,
  type OnBadRow,
  readFeatures,
  skipUnknownLabels,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { BertConfig } from "@bertie/model";

/** A set of rows, ready for the model. */
export interface DataSet {
  readonly name: string;
  readonly features: readonly InputFeatures[];
  /** The name of each row, where rows have one. */
  readonly guids?: readonly string[];
  /** How the first examples became features; empty where the rows came as features. */
  readonly logs: readonly ExampleLog[];
  /** Notes on the file for the user. */
  readonly notes: readonly string[];
}

/** The data of a run. */
export interface RunData {
  /** The task whose layout and metric the data have; undefined for a table of one's own. */
  readonly taskName: string | undefined;
  /** Whether the examples are pairs of texts. */
  readonly pairs: boolean;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  readonly train: DataSet | undefined;
  /** The dev set; for mnli, the mismatched one too, where there is one. */
  readonly evaluations: readonly DataSet[];
  readonly predict: DataSet | undefined;
}

/** Tokenizes a set. */
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
  return { name, features, guids: set.examples.map(({ guid }) => guid), logs, notes: notesOn(set) };
}

/**
 * Reads a set that was tokenized before; every row must have a label.
 *
 * @throws BertieError "input/…"
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
    notes.push(`${fileName}: skipped ${rows}, the first: ${badRows.first}`);
  }
  return notes;
}
