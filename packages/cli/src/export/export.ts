import { join } from "node:path";
import process from "node:process";
import {
  asInTraining,
  type ExportDtype,
  type ExportedFile,
  type ExportedModel,
  openTableSet,
  type Text,
  TextClassifier,
  trainingTableOf,
} from "@bertie/classifier";
import { checkOutputDirectory, createInputReader, type InputReader } from "@bertie/classifier/node";
import { alignColumns, BertieError } from "@bertie/common";
import type { ModelDirectory } from "@bertie/model";
import { interruptible } from "../interrupt.ts";
import { openModel } from "../model-source.ts";
import { type TableSettings, tableRequest } from "../tables/table-request.ts";
import { readModelDirectory } from "../train/read-model.ts";
import { checkCells, checkColumns } from "./check-cells.ts";
import type { ExportCommandOptions } from "./options.ts";

/** Number of rows of `--calibrate` that are read. */
const CALIBRATION_ROWS = 10_000;

/** Runs `bertie export`. Writes progress to stderr, and a table of the files to stdout. */
export async function exportModel(path: string, options: ExportCommandOptions): Promise<void> {
  const { outputDir, overwriteOutputDir: overwrite, format, check = [], calibrate = [] } = options;
  if (outputDir === undefined) {
    const text = "bertie export needs a directory for the exported model. Add --output-dir DIR.";
    throw new BertieError("options/missing", text);
  }
  const dtypes = options.dtype?.flatMap((names) => names.split(",")).map((name) => name.trim()) as
    | readonly ExportDtype[]
    | undefined;
  refuseUnread(options, dtypes);
  await checkOutputDirectory(outputDir, { overwrite, inputs: [path, ...check, ...calibrate] });
  const log = (text: string) => process.stderr.write(`${text}\n`);
  const inputs = createInputReader();
  const model = await readModelDirectory(path, inputs, "bertie export");
  // For a model on the Hugging Face Hub, the name of the directory includes the commit.
  const readme = await (await openModel(model.name, inputs)).read("README.md");
  const tables: TableSettings = {
    ...options,
    idColumn: undefined,
    groupColumn: undefined,
    format: options.tableFormat,
  };
  await interruptible(async (_, signal) => {
    await using classifier = await TextClassifier.load(model, { device: "cpu" });
    for (const text of classifier.warnings) log(`warning: ${text}`);
    const result = await classifier.export(outputDir, {
      ...{ format, overwrite, readme, onProgress: log, signal },
      ...(dtypes && { dtypes }),
      ...(check.length > 0 && { check: await tableRequest(check, tables, inputs) }),
      ...(calibrate.length > 0 && { calibration: await textsOf(calibrate, tables, model, inputs) }),
    });
    for (const { message } of result.notes) log(message);
    if (format === "onnx" && calibrate.length === 0 && result.files.some(({ dtype }) => dtype === "int8"))
      log("int8 is not calibrated: to change fewer labels, add --calibrate TABLE with texts like the ones to classify");
    process.stdout.write(`${tableOf(result, outputDir).join("\n")}\n`);
  });
}

/** @throws BertieError "options/conflict" if a table would not be read */
function refuseUnread(
  { format, check = [], calibrate = [] }: ExportCommandOptions,
  dtypes: readonly string[] | undefined,
): void {
  const hasInt8 = format === "onnx" && (dtypes?.includes("int8") ?? true);
  const problem =
    check.length > 0 && format !== "onnx"
      ? `--check compares only ONNX files, but --format is ${format}. Remove --check, or use "bertie eval" on the exported directory.`
      : calibrate.length > 0 && !hasInt8
        ? "--calibrate applies only to int8 in --format onnx. Remove --calibrate, or add int8 to --dtype."
        : undefined;
  if (problem !== undefined) throw new BertieError("options/conflict", problem);
}

async function textsOf(
  paths: readonly string[],
  settings: TableSettings,
  model: ModelDirectory,
  inputs: InputReader,
): Promise<Text[]> {
  const table = await tableRequest(paths, settings, inputs);
  const set = await openTableSet("calibration", asInTraining(table, trainingTableOf(model)), false);
  for (const note of set.notes) process.stderr.write(`${note}\n`);
  const texts: Text[] = [];
  for await (const { textA, textB } of set.examples()) {
    texts.push(textB === undefined ? textA : { text: textA, pair: textB });
    if (texts.length === CALIBRATION_ROWS) break;
  }
  if (texts.length > 0) return texts;
  throw new BertieError("input/no-rows", `${set.fileName}: no texts to calibrate on. Check that it is the right file.`);
}

/** Returns the lines of a table of the exported files. */
function tableOf({ files, original }: ExportedModel, directory: string): string[] {
  const names = ["file", "dtype", "size"];
  const rows = files.map((file) => [join(directory, file.path), dtypeOf(file), `${(file.bytes / 1e6).toFixed(1)} MB`]);
  if (original === undefined) return alignColumns([names, ...rows]);
  const measured = [...files.map(({ check }) => check!), original].map(checkCells);
  const all = [...rows, ["original", "", ""]].map((row, i) => [...row, ...measured[i]!]);
  return alignColumns([[...names, ...checkColumns], ...all]);
}

function dtypeOf({ dtype, matmuls }: ExportedFile): string {
  if (matmuls === undefined || matmuls.float === 0) return dtype;
  return `${dtype} (${matmuls.float} of ${matmuls.total} matmuls in fp32)`;
}
