import { extname } from "node:path";
import { BertieError } from "@bertie/common";
import type { Command } from "commander";
import { interruptible } from "../interrupt.ts";
import { addOptions, type Resolved, resolveOptions } from "../options/command-line.ts";
import { EMBEDDING_FORMATS, embedOptions } from "./options.ts";
import type { EmbeddingFormat } from "./writers.ts";

const EXAMPLES = `
Examples:
  # One text per line, to a NumPy array with one row per text
  bertie embed reviews.txt --model examples/models/bge-small-zh-v1.5 --output reviews.npy

  # A column of tables, to Parquet with the texts and their ids
  bertie embed 'parts/*.csv' --text-column review --id-column id \\
    --model examples/models/all-MiniLM-L6-v2 --output reviews.parquet`;

/** Adds `bertie embed [FILE…]`, which writes the embeddings of texts. */
export function addEmbedCommand(program: Command): void {
  addOptions(program.command("embed"), embedOptions)
    .description(
      "Compute sentence embeddings of the rows of tables, or of the lines of files or of stdin, as NumPy, Parquet or JSON lines",
    )
    .addHelpText("after", EXAMPLES)
    .argument(
      "[file...]",
      "Tables, recognized by their extension (.csv, .tsv, .jsonl, .json, .parquet, also with .gz or .zst), by --input-format or by --text-column; other files have one text per line. Patterns, directories, s3://… and https://…, or - for stdin (default: stdin)",
    )
    .action(async (files: readonly string[], _, command: Command) => {
      const resolved = await resolveOptions(command, embedOptions);
      const format = formatOf(resolved);
      const { findTablesOfSet } = await import("../tables/find-tables.ts");
      const paths = files.length === 0 ? ["-"] : await findTablesOfSet(files);
      const { embedRows } = await import("./embed-rows.ts");
      await interruptible((check, signal) => embedRows(paths, resolved, format, { check, signal }));
    });
}

/** Returns the format in `--format`, or the format that matches the extension of `--output`, or "jsonl". */
function formatOf({ options, given }: Resolved<typeof embedOptions>): EmbeddingFormat {
  const { output, format } = options;
  if (output === undefined) {
    if (format === "jsonl") return format;
    throw new BertieError("options/output", `--format ${format} cannot be written to stdout. Add --output FILE.`);
  }
  if (given.has("format")) return format;
  const extension = extname(output).slice(1).toLowerCase();
  const found = EMBEDDING_FORMATS.find((each) => each === extension);
  if (found !== undefined) return found;
  const text = `--output ${output}: expected the extension .npy, .parquet or .jsonl. Rename the file, or set --format.`;
  throw new BertieError("options/output", text);
}
