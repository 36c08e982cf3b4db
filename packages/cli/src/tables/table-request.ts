import process from "node:process";
import type { TableFile } from "@bertie/classifier";
import { fileTableSource, type InputReader } from "@bertie/classifier/node";
import type { ProblemType } from "@bertie/common";
import type { TableSource } from "@bertie/data";
import type { RunOptions } from "../options/run-options.ts";

const PROBLEM_TYPES: Readonly<Record<NonNullable<RunOptions["problemType"]>, ProblemType>> = {
  single: "single_label_classification",
  multi: "multi_label_classification",
  regression: "regression",
};

/** Returns the kind of problem that `--problem-type` or `--label-separator` selects; undefined if it is to be detected. */
function problemTypeOf({
  problemType,
  labelSeparator,
}: Pick<RunOptions, "problemType" | "labelSeparator">): ProblemType | undefined {
  if (problemType !== undefined) return PROBLEM_TYPES[problemType];
  return labelSeparator === undefined ? undefined : "multi_label_classification";
}

/** Options that describe a table. */
export type TableSettings = Pick<
  RunOptions,
  | "textColumn"
  | "pairColumn"
  | "labelColumn"
  | "idColumn"
  | "groupColumn"
  | "header"
  | "format"
  | "delimiter"
  | "encoding"
  | "problemType"
  | "labelSeparator"
  | "onBadRow"
>;

/**
 * Returns a request for tables with the columns and the format of the options.
 *
 * @param paths paths of files, or `-` for stdin
 * @param inputs records the files that are read
 * @throws BertieError "input/missing-file" or "input/unreadable-file"
 */
export async function tableRequest(
  paths: readonly string[],
  options: TableSettings,
  inputs: InputReader,
): Promise<TableFile> {
  const { textColumn, pairColumn, labelColumn, idColumn, groupColumn, labelSeparator, onBadRow } = options;
  const { header, format, delimiter, encoding } = options;
  return {
    file: await Promise.all(paths.map((path) => (path === "-" ? STDIN : fileTableSource(path, inputs)))),
    text: textColumn,
    pair: pairColumn,
    label: labelColumn?.length === 1 ? labelColumn[0] : labelColumn,
    id: idColumn,
    group: groupColumn,
    ...{ header, format, delimiter, encoding, labelSeparator, onBadRow },
    problemType: problemTypeOf(options),
  };
}

const STDIN: TableSource = { name: "stdin", once: true, stream: () => process.stdin };
