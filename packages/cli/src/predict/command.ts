import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";
import { withoutTraining } from "../train/without-training.ts";

const EXAMPLES = `
Examples:
  # Classify one text per line, as the lines arrive
  echo "房间很干净" | bertie predict --model runs/mine

  # Classify the rows of tables, which need no labels
  bertie predict new.csv --model runs/mine > predictions.tsv
  bertie predict 'parts/*.jsonl.gz' --text-column review --model runs/mine

  # Classify the test set of a task
  bertie predict --model runs/mine --task-name news --data-dir data \\
    --output-dir runs/test

The options of "bertie train" are accepted, too, so that commands can share a
--config file; --do-train and --output-dir in the file are ignored.`;

/** Adds `bertie predict`, which classifies the rows of tables, lines as they arrive, or the test set of a task. */
export function addPredictCommand(program: Command): void {
  addOptions(program.command("predict"), runOptions, ["Training"])
    .description(
      "Classify the rows of tables, the lines of files or of stdin, or the test set of a task (with --data-dir)",
    )
    .addHelpText("after", EXAMPLES)
    .argument(
      "[file...]",
      "Tables, recognized by their extension (.csv, .tsv, .jsonl, .json, .parquet, also with .gz or .zst), by --format or by --text-column; other files have one text per line, or two texts separated by a tab if the model classifies pairs. Patterns, directories, s3://… and https://…, or - for stdin (default: stdin)",
    )
    .action(async (files: readonly string[], _, command: Command) => {
      const resolved = await resolveOptions(command, runOptions);
      const { options, given } = withoutTraining(resolved, "bertie predict");
      const request = { options: { ...options, doPredict: true }, given };
      const isGiven = files.length === 0 || resolved.onCommandLine.has("testFile");
      const paths = [...files, ...((isGiven ? options.testFile : undefined) ?? [])];
      if (paths.length === 0 && options.dataDir !== undefined) {
        const { runTask } = await import("../train/run-task.ts");
        return runTask(request, "predictions");
      }
      const { findTablesOfSet } = await import("../tables/find-tables.ts");
      const found = paths.length === 0 ? ["-"] : await findTablesOfSet(paths);
      const { predictRows } = await import("./predict-rows.ts");
      const { areTables } = await import("./table-rows.ts");
      return predictRows(request, found, areTables(found, options, resolved.onCommandLine));
    });
}
