import { Command } from "commander";
import { addBenchCommand } from "./bench/command.ts";
import type { runCommand } from "./commands/run.ts";
import { addDoctorCommand } from "./doctor/command.ts";
import { addOptions, resolveOptions } from "./options/command-line.ts";
import { runOptions } from "./options/run-options.ts";
import { addTokenizeCommand } from "./tokenize/command.ts";
import { bertieVersion } from "./versions.ts";

/** The command `bertie`. It throws commander's errors and ours; it neither prints errors nor ends the process. */
export function createProgram(): Command {
  const program = new Command("bertie")
    .description("Fine-tunes BERT for text classification, and tokenizes text for it.")
    .version(bertieVersion())
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError();

  addOptions(program.command("train"), runOptions)
    .alias("run_classifier")
    .description("train, evaluate and predict, as far as the --do-… options say")
    .action(async (_, command: Command) => {
      await run(await resolveOptions(command, runOptions), "run");
    });

  addOptions(program.command("eval"), runOptions)
    .description("evaluate a model on the dev set")
    .action(async (_, command: Command) => {
      const { options, given } = await resolveOptions(command, runOptions);
      await run({ options: { ...options, doEval: true }, given }, "run");
    });

  addOptions(program.command("predict"), runOptions)
    .description("classify the lines of a file, or of stdin, or with --data-dir the test set")
    .argument("[file]", "UTF-8, a text a line, or for tasks on pairs two split by a tab")
    .action(async (file: string | undefined, _, command: Command) => {
      const { options, given } = await resolveOptions(command, runOptions);
      const linesFile = file ?? (options.dataDir === undefined ? "-" : undefined);
      await run({ options: { ...options, doPredict: true }, given, linesFile }, "predictions");
    });

  addTokenizeCommand(program);
  addDoctorCommand(program);
  addBenchCommand(program);
  return program;
}

/** Engines and models are loaded by the commands that need them: the others start several times as fast. */
const run: typeof runCommand = async (...args) => (await import("./commands/run.ts")).runCommand(...args);
