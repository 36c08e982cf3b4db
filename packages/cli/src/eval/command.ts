import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";
import { withoutTraining } from "../train/without-training.ts";

const EXAMPLES = `
Example:
  bertie eval --model runs/mine --task-name news --data-dir data

The options of "bertie train" are accepted, too, so that commands can share a
--config file; --do-train and --output-dir in the file are ignored.`;

/** Adds `bertie eval`, a run that only evaluates. */
export function addEvalCommand(program: Command): void {
  addOptions(program.command("eval"), runOptions, ["Training"])
    .description("Evaluate a trained model on the validation set (dev.tsv)")
    .addHelpText("after", EXAMPLES)
    .action(async (_, command: Command) => {
      const { options, given } = withoutTraining(await resolveOptions(command, runOptions), "bertie eval");
      const { runTask } = await import("../train/run-task.ts");
      await runTask({ options: { ...options, doEval: true }, given });
    });
}
