import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";

const EXAMPLES = `
Examples:
  # Train, evaluate after each checkpoint, and save the most accurate weights
  bertie train --task-name news --data-dir data --model bert-base-chinese \\
    --do-train --do-eval --metric accuracy --output-dir runs/mine

  # Resume the run after an interruption
  bertie train --resume runs/mine

  # Read all options from a file, and override one of them
  bertie train --config run.toml --learning-rate 3e-5

Option names can be written with - or _. Flags accept a value, as in
--do_eval=true.`;

/** Adds `bertie train`, alias `run_classifier`. */
export function addTrainCommand(program: Command): void {
  addOptions(program.command("train"), runOptions)
    .alias("run_classifier")
    .description("Train, evaluate and predict, as selected by --do-train, --do-eval and --do-predict")
    .addHelpText("after", EXAMPLES)
    .action(async (_, command: Command) => {
      const { runTask } = await import("./run-task.ts");
      await runTask(await resolveOptions(command, runOptions));
    });
}
