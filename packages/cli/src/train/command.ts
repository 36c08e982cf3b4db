import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";

const EXAMPLES = `
Examples:
  # Train, evaluate at each checkpoint, and save the most accurate weights
  bertie train --model models/chinese --task-name news --data-dir data \\
    --do-train --do-eval --metric accuracy --output-dir runs/mine

  # Resume the run after an interruption
  bertie train --resume runs/mine

  # Read options from a file, with lines such as learning-rate = 3e-5
  bertie train --config run.toml --output-dir runs/second

A run needs --model, data (--task-name with --data-dir, or features files),
and one or more of --do-train, --do-eval and --do-predict. run_classifier is
another name of train. Options can be spelled with - or _, and flags can have a
value, as in --do_eval=false.`;

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
