import { join } from "node:path";
import { BertieError } from "@bertie/common";
import {
  convertExamplesToFeatures,
  type ExampleLog,
  type ExampleSet,
  fileNameOf,
  type InputExample,
  type InputFeatures,
  type Processor,
  readExamples,
  readFeatures,
  readLines,
  type SetName,
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
  inputs: InputReader,
): Promise<ExampleSet> {
  const path = join(dataDir, fileNameOf(processor, set));
  return readExamples(processor, set, await inputs.read(path), path);
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
  { fileName, examples, blankLines }: ExampleSet,
  labels: readonly string[],
  maxSeqLength: number,
  tokenizer: WordPieceTokenizer,
): DataSet {
  const logs: ExampleLog[] = [];
  const onExample = (log: ExampleLog) => logs.push(log);
  const features = convertExamplesToFeatures(examples, labels, maxSeqLength, tokenizer, { onExample });
  return { name, features, guids: examples.map(({ guid }) => guid), logs, notes: blankNote(fileName, blankLines) };
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
  limits: { maxSeqLength: number; numLabels: number | undefined },
  inputs: InputReader,
): Promise<DataSet> {
  const { vocabSize, typeVocabSize } = config;
  const { features, blankLines } = readFeatures(await inputs.read(path), path, { vocabSize, typeVocabSize, ...limits });
  const row = features.findIndex(({ labelId }) => labelId === undefined);
  if (row >= 0) {
    throw new BertieError(
      "input/missing-key",
      `${path}, row ${row + 1}: key "label_id" is missing; add the label's id`,
    );
  }
  return { name, features, logs: [], notes: blankNote(path, blankLines) };
}

function blankNote(fileName: string, blankLines: number): string[] {
  return blankLines === 0 ? [] : [`${fileName}: skipped ${blankLines} blank line${blankLines === 1 ? "" : "s"}`];
}
