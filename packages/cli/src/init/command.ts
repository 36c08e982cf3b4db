import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { initOptions } from "./options.ts";

const EXAMPLES = `
Example:
  bertie init reviews.csv --model models/chinese
  bertie train --config run.toml`;

/** Adds `bertie init`, which writes the options of a run for a table. */
export function addInitCommand(program: Command): void {
  addOptions(program.command("init"), initOptions)
    .description("Write a run.toml with the detected format and columns of a table, to edit and train with")
    .addHelpText("after", EXAMPLES)
    .argument("<table...>", "Tables to train on; patterns or directories")
    .action(async (tables: readonly string[], _, command: Command) => {
      const { options } = await resolveOptions(command, initOptions);
      const { init } = await import("./init.ts");
      await init(tables, options);
    });
}
