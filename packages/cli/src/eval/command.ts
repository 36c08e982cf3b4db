import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";
import { withoutTraining } from "../train/without-training.ts";

const EXAMPLES = `
Examples:
  bertie eval reviews.csv --model runs/mine
  bertie eval --model runs/mine --task-name news --data-dir data

The options of "bertie train" are accepted, too, so that commands can share a
--config file; --do-train and --output-dir in the file are ignored.`;

/** Adds `bertie eval`, a run that only evaluates. */
export function addEvalCommand(program: Command): void {
  addOptions(program.command("eval"), runOptions, ["Training"])
    .description("Evaluate a trained model on tables of labeled texts, or on the validation set of a task")
    .addHelpText("after", EXAMPLES)
    .argument("[table...]", "Tables to evaluate on; patterns, directories, s3://… and https://…, or - for stdin")
    .action(async (tables: readonly string[], _, command: Command) => {
      const request = withoutTraining(await resolveOptions(command, runOptions), "bertie eval");
      const { completeEvaluation } = await import("../tables/table-run.ts");
      const { runTask } = await import("../train/run-task.ts");
      await runTask(await completeEvaluation(tables, request));
    });
}
