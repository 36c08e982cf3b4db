import { Command } from "commander";
import { addBenchCommand } from "./bench/command.ts";
import { addDoctorCommand } from "./doctor/command.ts";
import { addEvalCommand } from "./eval/command.ts";
import { addPredictCommand } from "./predict/command.ts";
import { addTokenizeCommand } from "./tokenize/command.ts";
import { addTrainCommand } from "./train/command.ts";
import { bertieVersion } from "./versions.ts";

/**
 * The command `bertie`. It throws commander's errors and ours; it neither prints errors nor ends the process. Commands load
 * engines and models only when they run: the others start several times as fast.
 */
export function createProgram(): Command {
  const program = new Command("bertie")
    .description("Fine-tunes BERT for text classification, and tokenizes text for it.")
    .version(bertieVersion())
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError();

  addTrainCommand(program);
  addEvalCommand(program);
  addPredictCommand(program);
  addTokenizeCommand(program);
  addDoctorCommand(program);
  addBenchCommand(program);
  return program;
}
