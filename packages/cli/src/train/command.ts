import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";

const EXAMPLES = `
Examples:
  # Train on a table, and evaluate on a tenth of its rows
  bertie train reviews.csv --model models/chinese

  # Evaluate on another table, and name the columns
  bertie train train.csv --eval-file dev.csv --model models/chinese \\
    --text-column review --label-column stars --output-dir runs/mine

  # Train on the files of a task, and save the most accurate weights
  bertie train --model models/chinese --task-name news --data-dir data \\
    --do-train --do-eval --metric accuracy --output-dir runs/mine

  # Resume the run after an interruption
  bertie train --resume runs/mine

  # Read options from a file, with lines such as learning-rate = 3e-5
  bertie train --config run.toml --output-dir runs/second

A run needs --model and data: tables, the files of a task (--task-name with
--data-dir), or features files. For tables, --do-train, --do-eval (with
--eval-file or --eval-fraction) and --do-predict (with --test-file) are set
automatically. run_classifier is another name for train. Options can be spelled
with - or _, and flags can have a value, as in --do_eval=false.`;

/** Adds `bertie train`, alias `run_classifier`. */
export function addTrainCommand(program: Command): void {
  addOptions(program.command("train"), runOptions)
    .alias("run_classifier")
    .description("Train a classifier on tables of labeled texts, evaluate it, and classify other texts")
    .addHelpText("after", EXAMPLES)
    .argument(
      "[table...]",
      "Tables to train on: CSV, TSV, JSON, JSON Lines or Parquet files, also with .gz or .zst; patterns, directories, s3://… and https://…, or - for stdin",
    )
    .action(async (tables: readonly string[], _, command: Command) => {
      const resolved = await resolveOptions(command, runOptions);
      const { isRepeated, trainRepeatedly } = await import("../sweep/repeated-runs.ts");
      const isDryRun = resolved.options.dryRun && resolved.options.seeds === undefined;
      if (isRepeated(resolved.options) && !isDryRun) return trainRepeatedly(tables, resolved);
      const { completeTableRun } = await import("../tables/table-run.ts");
      const request = await completeTableRun(tables, resolved);
      if (request.options.dryRun) {
        const { dryRun } = await import("../dry-run/dry-run.ts");
        return dryRun(request);
      }
      const { runTask } = await import("./run-task.ts");
      await runTask(request);
    });
}
