import process from "node:process";
import { BertieError } from "@bertie/common";
import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { kebabCase, type OptionTable } from "../options/table.ts";
import { suggestOption } from "../options/usage-errors.ts";
import { jobOptions, sweepOptions } from "./sweep-options.ts";

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

The options above, except --config, --emit, --trial and --collect, can also be set at the top of the file. Run
the same command again to resume a sweep.`;

/** Adds `bertie sweep FILE`, which compares runs with different options. */
export function addSweepCommand(program: Command): void {
  addOptions(program.command("sweep"), { ...sweepOptions, ...jobOptions })
    .description("Train with several combinations of options, and compare the results")
    .addHelpText("after", EXAMPLES)
    .argument("<file>", "TOML or JSON file that describes the runs")
    .action(async (path: string, _, command: Command) => {
      const { options, given, onCommandLine } = await resolveOptions(command, { ...sweepOptions, ...jobOptions });
      const { emit, trial, collect } = options;
      const chosen = [emit && "--emit", trial && "--trial", collect && "--collect"].filter(Boolean);
      if (chosen.length > 1)
        throw new BertieError("options/conflict", `${chosen.join(" and ")} cannot be combined. Remove one of them.`);
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
      if (chosen.length === 0) return runSweep(file, `bertie sweep ${path}`);
      const { collectSweep, emitSweep, runOne } = await import("./remote.ts");
      if (trial !== undefined) return runOne(file, trial);
      if (emit === undefined) return collectSweep(file);
      const args = ["sweep", path, ...repeatedOptions(options, onCommandLine)];
      const parallel = given.has("parallel") ? options.parallel : undefined;
      await emitSweep(file, emit, { args, file: path, parallel });
    });
}

/** Returns the arguments for the options of the command line that the tasks of a job must repeat. */
function repeatedOptions(options: Readonly<Record<string, unknown>>, onCommandLine: ReadonlySet<string>): string[] {
  const own: OptionTable = sweepOptions;
  const names = [...onCommandLine].filter((name) => Object.hasOwn(own, name) && name !== "parallel");
  return names.flatMap((name) => [
    `--${kebabCase(name)}`,
    ...(own[name]!.kind === "flag" ? [] : [String(options[name])]),
  ]);
}
