import process from "node:process";
import { asInTraining, openTableSet, type TrainingTable } from "@bertie/classifier";
import type { InputReader } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { formatOfName } from "@bertie/data";
import { type TableSettings, tableRequest } from "../tables/table-request.ts";
import type { RowSource } from "./row-source.ts";

/** Options that only tables have. */
const OF_TABLES = [
  "textColumn",
  "pairColumn",
  "labelColumn",
  "idColumn",
  "groupColumn",
  "header",
  "delimiter",
] as const;

/**
 * Returns whether files are read as tables instead of lines of text: an option or the extension of a name says so. For stdin,
 * only the command line counts, because a `--config` file may describe the training table.
 */
export function areTables(
  files: readonly string[],
  options: TableSettings,
  onCommandLine: ReadonlySet<string>,
): boolean {
  const isStdin = files.every((file) => file === "-");
  const isSet = (name: keyof TableSettings) => options[name] !== undefined && (!isStdin || onCommandLine.has(name));
  if (isSet("format")) return options.format !== "text" || isSet("textColumn");
  return OF_TABLES.some(isSet) || files.some((file) => formatOfName(file) !== undefined);
}

/**
 * Opens tables whose rows are to be classified. Labels are not read. The columns of the training table are used as far as the
 * tables have them.
 *
 * @param known what is known about the training table
 * @throws BertieError "input/…" if a table cannot be read or its columns are doubtful, "options/conflict" if a second text is
 *   requested for a model of single texts
 */
export async function tableRows(
  files: readonly string[],
  options: TableSettings,
  known: TrainingTable,
  inputs: InputReader,
): Promise<RowSource> {
  if (options.pairColumn !== undefined && known.pairs === false) {
    const text = `--pair-column ${options.pairColumn} names a second text, but the model classifies single texts. Remove --pair-column.`;
    throw new BertieError("options/conflict", text);
  }
  if (files.includes("-") && process.stdin.isTTY)
    process.stderr.write("reading a table from the terminal; press Ctrl-D to end\n");
  const set = await openTableSet("row", asInTraining(await tableRequest(files, options, inputs), known), false);
  return {
    name: set.fileName,
    hasSeveralFiles: files.length > 1,
    layout: set.layout,
    notes: set.notes,
    async *rows() {
      for await (const example of set.examples()) {
        const guid = example.id ?? `line-${example.source?.line}`;
        yield { ...example, guid };
      }
    },
    readNotes: () => ({ notes: set.readNotes(), warnings: [] }),
  };
}
