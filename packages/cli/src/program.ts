import process from "node:process";
import { Command, CommanderError, Option } from "commander";
import { addBenchCommand } from "./bench/command.ts";
import { addDoctorCommand } from "./doctor/command.ts";
import { addEmbedCommand } from "./embed/command.ts";
import { addEvalCommand } from "./eval/command.ts";
import { addExportCommand } from "./export/command.ts";
import { addInitCommand } from "./init/command.ts";
import { addMergeCommand } from "./merge/command.ts";
import { suggestOnErrors } from "./options/command-line.ts";
import { addPredictCommand } from "./predict/command.ts";
import { addPushCommand } from "./push/command.ts";
import { addReportCommand } from "./report-command/command.ts";
import { addServeCommand } from "./serve/command.ts";
import { addSweepCommand } from "./sweep/command.ts";
import { addTokenizeCommand } from "./tokenize/command.ts";
import { addTrainCommand } from "./train/command.ts";
import { bertieVersion } from "./versions.ts";

const EXAMPLES = `
Examples:
  # Fine-tune the bundled Chinese BERT on the bundled reviews
  bertie train --model examples/models/bge-small-zh-v1.5 --task-name news \\
    --data-dir examples/data/reviews --do-train --do-eval --output-dir runs/mine

  # Classify the lines of a file, or of stdin
  bertie predict reviews.txt --model runs/mine

  # Tokenize a corpus to Parquet
  bertie tokenize corpus.txt --model runs/mine --output corpus.parquet

Run "bertie COMMAND --help" for the options of a command.`;

/**
 * Returns the command `bertie`. It throws errors instead of printing them or ending the process. Each command loads
 * engines and models only when it runs, so that the other commands start several times faster.
 */
export function createProgram(): Command {
  const program = suggestOnErrors(new Command("bertie"))
    .description("Fine-tune BERT for text classification, classify texts, compute embeddings, and tokenize corpora.")
    .version(bertieVersion(), "-V, --version", "Show the version")
    .helpCommand("help [command]", "Show help for a command")
    .addHelpOption(new Option("-h, --help", "Show this help"))
    .configureOutput({ outputError: () => {} })
    .addOption(new Option("-v").hideHelp())
    .on("option:v", () => {
      process.stdout.write(`${bertieVersion()}\n`);
      throw new CommanderError(0, "commander.version", bertieVersion());
    })
    .addHelpText("after", EXAMPLES);

  addInitCommand(program);
  addTrainCommand(program);
  addSweepCommand(program);
  addEvalCommand(program);
  addPredictCommand(program);
  addServeCommand(program);
  addReportCommand(program);
  addExportCommand(program);
  addPushCommand(program);
  addTokenizeCommand(program);
  addMergeCommand(program);
  addEmbedCommand(program);
  addDoctorCommand(program);
  addBenchCommand(program);
  return program;
}
