import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { runOptions } from "../options/run-options.ts";
import { withoutTraining } from "../train/without-training.ts";

const EXAMPLES = `
Examples:
  # Classify one text per line, as the lines arrive
  echo "房间很干净" | bertie predict --model runs/mine

  # Classify the test set of a task
  bertie predict --model runs/mine --task-name news --data-dir data \\
    --output-dir runs/test

The options of "bertie train" are accepted, too, so that commands can share a
--config file; --do-train and --output-dir in the file are ignored.`;

/** Adds `bertie predict`, which classifies lines as they arrive, or the test set of a task. */
export function addPredictCommand(program: Command): void {
  addOptions(program.command("predict"), runOptions, ["Training"])
    .description("Classify the lines of a file or of stdin, or the test set of a task (with --data-dir)")
    .addHelpText("after", EXAMPLES)
    .argument(
      "[file]",
      "UTF-8 file with one text per line, or two texts separated by a tab if the model classifies pairs (default: stdin)",
    )
    .action(async (file: string | undefined, _, command: Command) => {
      const { options, given } = withoutTraining(await resolveOptions(command, runOptions), "bertie predict");
      const request = { options: { ...options, doPredict: true }, given };
      if (file === undefined && options.dataDir !== undefined) {
        const { runTask } = await import("../train/run-task.ts");
        return runTask(request, "predictions");
      }
      const { predictLines } = await import("./predict-lines.ts");
      return predictLines(request, file ?? "-");
    });
}
