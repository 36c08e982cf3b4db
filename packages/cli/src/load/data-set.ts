import { join } from "node:path";
import { BertieError } from "@bertie/common";
import {
  type BadRows,
  convertExamplesToFeatures,
  type ExampleLog,
  type ExampleSet,
  fileNameOf,
  type InputExample,
  type InputFeatures,
  type OnBadRow,
  type Processor,
  readExamples,
  readFeatures,
  readLines,
  type SetName,
  skipUnknownLabels,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { BertConfig } from "@bertie/model";
import { type InputReader, isFile } from "../files.ts";

/** A set of rows, ready for the model. */
export interface DataSet {
  readonly name: string;
  readonly features: readonly InputFeatures[];
  /** The name of each row, where rows have one. */
  readonly guids?: readonly string[];
  /** How the first examples became features; none where they came as features. */
  readonly logs: readonly ExampleLog[];
  /** What the user should know of the file. */
  readonly notes: readonly string[];
}

/** Reads a set's examples from the file that the task keeps them in. */
export async function readSet(
  processor: Processor,
  set: SetName,
  dataDir: string,
  onBadRow: OnBadRow,
  inputs: InputReader,
): Promise<ExampleSet> {
  const path = join(dataDir, fileNameOf(processor, set));
  return readExamples(processor, set, await inputs.read(path), path, { onBadRow });
}

/** Whether the task has such a set, and the directory its file. */
export async function hasSet(processor: Processor, set: SetName, dataDir: string): Promise<boolean> {
  const name = processor.files[set];
  return name !== undefined && (await isFile(join(dataDir, name)));
}

/** Reads lines of text as examples, one each, so that predictions and lines match; pairs are split at a tab. */
export function examplesOfLines(bytes: Uint8Array, fileName: string, pairs: boolean): ExampleSet {
  const examples: InputExample[] = [];
  for (const { number, text } of readLines(bytes, fileName)) {
    const guid = `line-${number}`;
    const [textA = "", textB, ...more] = pairs ? text.split("\t") : [text, ""];
    if (textB === undefined || more.length > 0) {
      const found = text.split("\t").length;
      const message = `${fileName}, line ${number}: the line has ${found} column${found === 1 ? "" : "s"}, and this task's pairs need 2, split by a tab`;
      throw new BertieError("input/short-row", message);
    }
    examples.push({ guid, textA, ...(pairs && { textB }) });
  }
  if (examples.length === 0) throw new BertieError("input/no-rows", `${fileName}: there is no line to classify`);
  return { fileName, examples, blankLines: 0 };
}

/** Tokenizes a set. */
export function tokenizeSet(
  name: string,
  read: ExampleSet,
  labels: readonly string[],
  { maxSeqLength, onBadRow }: { readonly maxSeqLength: number; readonly onBadRow: OnBadRow },
  tokenizer: WordPieceTokenizer,
): DataSet {
  const set = onBadRow === "skip" ? skipUnknownLabels(read, labels) : read;
  const logs: ExampleLog[] = [];
  const onExample = (log: ExampleLog) => logs.push(log);
  const features = convertExamplesToFeatures(set.examples, labels, maxSeqLength, tokenizer, { onExample });
  return { name, features, guids: set.examples.map(({ guid }) => guid), logs, notes: notesOn(set) };
}

/**
 * Reads a set that was tokenized before; every row must have a label.
 *
 * @throws BertieError "input/…"
 */
export async function readFeatureSet(
  name: string,
  path: string,
  config: BertConfig,
  limits: { readonly maxSeqLength: number; readonly numLabels: number | undefined },
  onBadRow: OnBadRow,
  inputs: InputReader,
): Promise<DataSet> {
  const { vocabSize, typeVocabSize } = config;
  const needed = { vocabSize, typeVocabSize, ...limits, needsLabel: true };
  const set = readFeatures(await inputs.read(path), path, needed, { onBadRow });
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
