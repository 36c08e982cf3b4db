import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type CheckedData, judge, modelTokenizer, openTableSet } from "@bertie/classifier";
import { createInputReader, fileTableSource } from "@bertie/classifier/node";
import { BertieError, type ProblemType } from "@bertie/common";
import {
  chooseColumns,
  createDataCheck,
  formatDataSummary,
  openTable,
  tokenCounter,
  type WordPieceTokenizer,
} from "@bertie/data";
import { withFlagNames } from "../report/flag-names.ts";
import { findTables } from "../tables/find-tables.ts";
import { tableRequest } from "../tables/table-request.ts";
import { runName } from "../tables/table-run.ts";
import { readModel } from "../train/read-model.ts";
import type { InitOptions } from "./options.ts";
import { formatRunToml, type ProposedRun } from "./run-toml.ts";

const PROBLEM_NAMES: Readonly<Record<ProblemType, string>> = {
  single_label_classification: "single",
  multi_label_classification: "multi",
  regression: "regression",
};
const DEFAULT_LENGTH = 128;
/** Multiple to which the proposed length is rounded up. */
const LENGTH_STEP = 16;

/**
 * Runs `bertie init`: reads and checks tables, prints the summary, and writes the options of a run.
 *
 * @throws BertieError "input/…" if the tables would make a bad classifier, "output/not-empty" if the file exists
 */
export async function init(tables: readonly string[], options: InitOptions): Promise<void> {
  const print = (line: string) => process.stdout.write(`${withFlagNames(line)}\n`);
  const found = await findTables(tables);
  for (const note of found.notes) print(note);
  const inputs = createInputReader();
  const [first] = found.train;
  if (first === undefined || first === "-")
    throw new BertieError("input/no-tables", `${tables.join(", ")}: expected a table to train on. Name a file.`);
  const request = await tableRequest(found.train, options, inputs);
  const table = await openTable(await fileTableSource(first), request);
  const columns = chooseColumns(table, request);
  const model = options.model === undefined ? undefined : await describeModel(options.model);
  const { problemType, checked } = await check(request, model?.tokenizer, print);
  for (const line of formatDataSummary(checked.summary, checked.warnings)) print(line);

  const name = (index: number) => (table.header ? table.columns[index]! : `column ${index + 1}`);
  const lengths = checked.summary.sets.find(({ set }) => set === "train")?.lengths;
  const length = Math.ceil((lengths?.p95 ?? DEFAULT_LENGTH) / LENGTH_STEP) * LENGTH_STEP;
  const isDelimited = table.format === "csv" || table.format === "tsv";
  const run: ProposedRun = {
    trainFile: found.train,
    evalFile: found.evaluation.length > 0 ? found.evaluation : undefined,
    testFile: found.test.length > 0 ? found.test : undefined,
    format: table.format,
    encoding: table.encoding,
    delimiter: isDelimited ? (table.delimiter === "\t" ? "tab" : table.delimiter) : undefined,
    header: isDelimited ? table.header : undefined,
    textColumn: name(columns.text),
    ...(columns.pair !== undefined && { pairColumn: name(columns.pair) }),
    labelColumn: columns.labels.map(name),
    ...(columns.id !== undefined && { idColumn: name(columns.id) }),
    ...(columns.group !== undefined && { groupColumn: name(columns.group) }),
    problemType: PROBLEM_NAMES[problemType],
    labelSeparator: options.labelSeparator,
    model: options.model,
    maxSeqLength: model === undefined ? DEFAULT_LENGTH : Math.min(Math.max(length, LENGTH_STEP), model.maxLength),
    classWeights: checked.warnings.some(({ message }) => message.includes("--class-weights")) ? "balanced" : undefined,
    outputDir: join("runs", runName(first)),
  };
  await writeNew(options.output, formatRunToml(run));
  const missing = options.model === undefined ? " after you have set model" : "";
  print(`written to ${options.output}. Train with: bertie train --config ${options.output}${missing}`);
}

async function describeModel(directory: string) {
  const noFiles = { bertConfigFile: undefined, vocabFile: undefined, initCheckpoint: undefined };
  const model = await readModel({ ...noFiles, model: directory, randomWeights: true }, createInputReader());
  const tokenizer = await modelTokenizer(model, model.lowerCase ?? false).get();
  return { tokenizer, maxLength: model.config.maxPositionEmbeddings };
}

async function check(
  request: Awaited<ReturnType<typeof tableRequest>>,
  tokenizer: WordPieceTokenizer | undefined,
  print: (line: string) => void,
): Promise<{ readonly problemType: ProblemType; readonly checked: CheckedData }> {
  const set = await openTableSet("train", request);
  for (const note of set.notes) print(note);
  const { problemType } = set;
  const check = createDataCheck({
    problemType,
    ...(tokenizer && { countTokens: tokenCounter(tokenizer) }),
  });
  for await (const example of set.examples()) check.add("train", example);
  for (const facts of set.files()) check.addFile("train", facts);
  for (const note of set.readNotes()) print(note);
  return { problemType, checked: judge(check.finish(), {}) };
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST")
      throw new BertieError(
        "output/not-empty",
        `${path}: the file exists. Choose another file (--output), or delete it.`,
      );
    throw new BertieError(
      "output/unusable",
      `${path}: cannot be written (${cause.code}). Choose another file (--output).`,
      {
        cause,
      },
    );
  });
}
