import { type Command, Option } from "commander";
import { suggestOnErrors } from "../options/command-line.ts";
import type { PushCommandOptions } from "./push.ts";

const EXAMPLES = `
Examples:
  # Upload a trained model; creates the repository if it does not exist
  bertie push runs/mine user/reviews --private

  # Upload to a branch, with the report, which contains texts of the data
  bertie push runs/mine user/reviews --revision v2 --include report.html

The token is read from HF_TOKEN, or from the file that "hf auth login" writes.`;

/** Adds `bertie push`, which uploads a model to the Hugging Face Hub. */
export function addPushCommand(program: Command): void {
  suggestOnErrors(program.command("push"))
    .description("Upload a trained model to the Hugging Face Hub")
    .argument("<directory>", "Model directory, such as the output directory of a finished run")
    .argument("<name>", "Name of the model on the Hub: user/model or organization/model")
    .addOption(new Option("--private", "Create a private repository; fails if a public one exists"))
    .addOption(
      new Option("--revision <branch>", "Branch to upload to; created if it does not exist").default(undefined, "main"),
    )
    .addOption(
      new Option("--commit-message <text>", "Title of the commit").default(undefined, "Upload N files with Bertie"),
    )
    .addOption(
      new Option(
        "--include <pattern...>",
        "Also upload the files of the directory that match a pattern, such as report.html or 'checkpoints/**'",
      ).default(undefined, "only the files of the model"),
    )
    .addOption(new Option("--dry-run", "Only list the files that would be uploaded"))
    .addHelpOption(new Option("-h, --help", "Show this help"))
    .addHelpText("after", EXAMPLES)
    .action(async (directory: string, name: string, options: PushCommandOptions) => {
      const { push } = await import("./push.ts");
      await push(directory, name, options);
    });
}
