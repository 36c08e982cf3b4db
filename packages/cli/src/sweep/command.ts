import process from "node:process";
import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { suggestOption } from "../options/usage-errors.ts";
import { sweepOptions } from "./sweep-options.ts";

const EXAMPLES = `
Example of a sweep file:
  metric = "macro_f1"

  [run]
  model = "models/chinese"
  train-file = ["reviews.csv"]

  [grid]
  learning-rate = [2e-5, 5e-5, 1e-4]
  train-batch-size = [16, 32]

[random] instead of [grid] draws combinations, from lists or from ranges such as
  learning-rate = { min = 1e-5, max = 1e-3, scale = "log" }

[halving] gives all combinations a small budget, and the best ones more:
  [halving]
  option = "num-train-epochs"
  min = 0.5
  max = 4

The options above, except --config, can also be set at the top of the file. Run
the same command again to resume a sweep.`;

/** Adds `bertie sweep FILE`, which compares runs with different options. */
export function addSweepCommand(program: Command): void {
  addOptions(program.command("sweep"), sweepOptions)
    .description("Train with several combinations of options, and compare the results")
    .addHelpText("after", EXAMPLES)
    .argument("<file>", "TOML or JSON file that describes the runs")
    .action(async (path: string, _, command: Command) => {
      const { options, given } = await resolveOptions(command, sweepOptions);
      const [{ readSweepFile }, { firstTrials, runSweep }, { checkRun }, { formatAssignment }] = await Promise.all([
        import("./sweep-file.ts"),
        import("./sweep.ts"),
        import("./check-runs.ts"),
        import("./trial.ts"),
      ]);
      const train = program.commands.find((each) => each.name() === "train")!;
      const file = await readSweepFile(path, { options, given }, (name) => suggestOption(train, name));
      const trials = firstTrials(file);
      for (const { name, assignment } of trials) await checkRun({ ...file.run, ...assignment }, `${path}, ${name}`);
      if (file.options.dryRun) {
        for (const { name, assignment } of trials) process.stdout.write(`${name}: ${formatAssignment(assignment)}\n`);
        return;
      }
      await runSweep(file, `bertie sweep ${path}`);
    });
}
