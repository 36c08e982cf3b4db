import { BertieError } from "@bertie/common";
import type { ExampleSet, InputExample } from "./example.ts";
import { readTsv, type TsvRow } from "./tsv.ts";

/** Which part of a task's data; for mnli, `dev` and `test` mean the matched ones. */
export type SetName = "train" | "dev" | "test" | "dev_matched" | "dev_mismatched" | "test_matched" | "test_mismatched";

/** Where a file's rows hold what, as column indices from 0. */
export interface Layout {
  /** The first row names the columns. */
  readonly header: boolean;
  readonly textA: number;
  readonly textB?: number;
  /** Absent where rows have no label. */
  readonly label?: number;
  /** The column that numbers the rows in guids; without it, their index in the file, a header being row 0. */
  readonly guid?: number;
}

/** How a task keeps its data. */
export interface Processor {
  readonly taskName: string;
  /** The labels in the order of their ids; undefined where the training data tell. */
  readonly labels: readonly string[] | undefined;
  readonly files: Readonly<Partial<Record<SetName, string>>>;
  /** Told by the rows where files of one set come in more than one layout. */
  layout(set: SetName, rows: readonly TsvRow[]): Layout;
}

/**
 * The name of the file that holds a set, within the data directory.
 *
 * @throws BertieError "config/unknown-set" where the task has no such set
 */
export function fileNameOf(processor: Processor, set: SetName): string {
  const fileName = processor.files[set];
  if (fileName !== undefined) return fileName;
  const known = Object.keys(processor.files).join(", ");
  throw new BertieError("config/unknown-set", `task ${processor.taskName} has no set "${set}"; it has ${known}`);
}

/**
 * Reads the examples of one set from its file.
 *
 * @param bytes the file's contents
 * @param fileName what messages call the file; by default its name in the data directory
 * @throws BertieError "input/invalid-utf8", "input/no-rows", "input/short-row" or "input/empty-label", which name the
 * file and the line
 */
export function readExamples(
  processor: Processor,
  set: SetName,
  bytes: Uint8Array,
  fileName: string = fileNameOf(processor, set),
): ExampleSet {
  const { rows, blankLines } = readTsv(bytes, fileName);
  const layout = processor.layout(set, rows);
  const needed = 1 + namedColumns(layout).at(-1)!.column;
  const guidPrefix = fileNameOf(processor, set).replace(/\.tsv$/, "");
  const examples: InputExample[] = [];

  for (let i = layout.header ? 1 : 0; i < rows.length; i++) {
    const { line, cells } = rows[i]!;
    if (cells.length < needed) throw shortRow(fileName, line, cells.length, needed, layout);
    if (layout.label !== undefined && cells[layout.label] === "") throw emptyLabel(fileName, line, layout.label + 1);
    examples.push({
      guid: `${guidPrefix}-${layout.guid === undefined ? i : cells[layout.guid]}`,
      textA: cells[layout.textA]!,
      ...(layout.textB !== undefined && { textB: cells[layout.textB]! }),
      ...(layout.label !== undefined && { label: cells[layout.label]! }),
      source: { fileName, line },
    });
  }
  if (examples.length === 0) throw new BertieError("input/no-rows", `${fileName}: the file has no rows of data`);
  return { fileName, examples, blankLines };
}

const COLUMN_NAMES = [
  ["guid", "index"],
  ["label", "label"],
  ["textA", "text"],
  ["textB", "second text"],
] as const;

/** The columns that a layout uses, from left to right. */
function namedColumns(layout: Layout): { column: number; name: string }[] {
  return COLUMN_NAMES.flatMap(([key, name]) => {
    const column = layout[key];
    return column === undefined ? [] : [{ column, name }];
  }).sort((a, b) => a.column - b.column);
}

function shortRow(fileName: string, line: number, found: number, needed: number, layout: Layout): BertieError {
  const columns = namedColumns(layout).map(({ column, name }) => `${name} in column ${column + 1}`);
  return new BertieError(
    "input/short-row",
    `${fileName}, line ${line}: the row has ${found} column${found === 1 ? "" : "s"} and ${needed} are needed ` +
      `(${columns.join(", ")}); columns are split at tabs`,
  );
}

function emptyLabel(fileName: string, line: number, column: number): BertieError {
  return new BertieError(
    "input/empty-label",
    `${fileName}, line ${line}, column ${column}: the label is empty; fill it in or delete the row`,
  );
}
