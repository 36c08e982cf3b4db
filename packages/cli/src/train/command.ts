import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";

/** `bertie train`, with its other name `run_classifier`. */
export function addTrainCommand(program: Command): void {
  addOptions(program.command("train"), runOptions)
    .alias("run_classifier")
    .description("train, evaluate and predict, as selected by the --do-… options")
    .action(async (_, command: Command) => {
      const { runTask } = await import("./run-task.ts");
      await runTask(await resolveOptions(command, runOptions));
    });
}
