import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";

/** `bertie predict`: classifies lines as they come, or the test set of a task. */
export function addPredictCommand(program: Command): void {
  addOptions(program.command("predict"), runOptions)
    .description("classify the lines of a file or of stdin, or with --data-dir the test set")
    .argument("[file]", "UTF-8, one text per line; for models of pairs, two texts separated by a tab")
    .action(async (file: string | undefined, _, command: Command) => {
      const { options, given } = await resolveOptions(command, runOptions);
      const request = { options: { ...options, doPredict: true }, given };
      if (file === undefined && options.dataDir !== undefined) {
        const { runTask } = await import("../train/run-task.ts");
        return runTask(request, "predictions");
      }
      const { predictLines } = await import("./predict-lines.ts");
      return predictLines(request, file ?? "-");
    });
}
