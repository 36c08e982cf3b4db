import process from "node:process";
import { BertieError, isRemote } from "@bertie/common";
import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { type RunOptions, runOptions } from "../options/run-options.ts";
import { jobShard } from "../shards/job-shard.ts";
import { WHOLE } from "../shards/shard.ts";
import { withoutTraining } from "../train/without-training.ts";
import { predictOptions } from "./options.ts";

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

  # Classify a shard in the task of a job, from and to a store
  bertie predict s3://reviews/texts.txt --model runs/mine --shard slurm/64 \\
    --output-dir s3://reviews/parts

The options of "bertie train" are accepted, too, so that commands can share a
--config file; --do-train and --output-dir in the file are ignored.`;

/** Adds `bertie predict`, which classifies the rows of tables, lines as they arrive, or the test set of a task. */
export function addPredictCommand(program: Command): void {
  addOptions(program.command("predict"), predictOptions, ["Training"])
    .description(
      "Classify the rows of tables, the lines of files or of stdin, or the test set of a task (with --data-dir)",
    )
    .addHelpText("after", EXAMPLES)
    .argument(
      "[file...]",
      "Tables, recognized by their extension (.csv, .tsv, .jsonl, .json, .parquet, also with .gz or .zst), by --format or by --text-column; other files have one text per line, or two texts separated by a tab if the model classifies pairs. Patterns, directories, s3://… and https://…, or - for stdin (default: stdin)",
    )
    .action(async (files: readonly string[], _, command: Command) => {
      const all = await resolveOptions(command, predictOptions);
      const { shard: value, keyFields } = all.options;
      const ofRun = (names: ReadonlySet<string>) =>
        new Set([...names].filter((name): name is keyof RunOptions => Object.hasOwn(runOptions, name)));
      const resolved = { options: all.options, given: ofRun(all.given), onCommandLine: ofRun(all.onCommandLine) };
      const { options, given } = withoutTraining(resolved, "bertie predict");
      const request = { options: { ...options, doPredict: true }, given };
      const isGiven = files.length === 0 || resolved.onCommandLine.has("testFile");
      const paths = [...files, ...((isGiven ? options.testFile : undefined) ?? [])];
      if (paths.length === 0 && options.dataDir !== undefined) {
        if (value !== undefined || keyFields !== undefined)
          throw new BertieError(
            "options/conflict",
            "--shard and --key-fields require files or stdin. Name a file, or remove them.",
          );
        if (isRemote(options.outputDir ?? ""))
          throw new BertieError(
            "output/unusable",
            `--output-dir ${options.outputDir}: the predictions of --data-dir cannot be written to a store. Name the file to classify: bertie predict FILE.`,
          );
        const { runTask } = await import("../train/run-task.ts");
        return runTask(request, "predictions");
      }
      const { findTablesOfSet } = await import("../tables/find-tables.ts");
      const found = paths.length === 0 ? ["-"] : await findTablesOfSet(paths);
      const { predictRows } = await import("./predict-rows.ts");
      const { areTables } = await import("./table-rows.ts");
      const { shard, note } = value === undefined ? { shard: WHOLE } : jobShard(value, process.env);
      if (note !== undefined) process.stderr.write(`${note}\n`);
      const asTables = areTables(found, options, resolved.onCommandLine);
      return predictRows(request, { files: found, asTables, shard, keyFields });
    });
}
