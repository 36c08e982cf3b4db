import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";

/** `bertie eval`: a run that only evaluates. */
export function addEvalCommand(program: Command): void {
  addOptions(program.command("eval"), runOptions)
    .description("evaluate a model on the dev set")
    .action(async (_, command: Command) => {
      const { options, given } = await resolveOptions(command, runOptions);
      const { runTask } = await import("../train/run-task.ts");
      await runTask({ options: { ...options, doEval: true }, given });
    });
}
