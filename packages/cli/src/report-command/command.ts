import { type Command, Option } from "commander";
import { suggestOnErrors } from "../options/command-line.ts";

const EXAMPLES = `
Examples:
  # Write the report of a run again, for example with a newer version
  bertie report runs/mine

  # Compare two runs on the terminal, and as a page
  bertie report runs/mine runs/second --html comparison.html`;

/** Adds `bertie report`, which writes the report of a finished run again, or compares runs. */
export function addReportCommand(program: Command): void {
  suggestOnErrors(program.command("report"))
    .description("Write the report of a finished run again, or compare several runs")
    .argument("<directory...>", "Output directories of finished runs; several are compared with the first")
    .addOption(
      new Option("--html <file>", "Write the report or the comparison to FILE").default(
        undefined,
        "report.html in the directory; no file for a comparison",
      ),
    )
    .addHelpOption(new Option("-h, --help", "Show this help"))
    .addHelpText("after", EXAMPLES)
    .action(async (directories: string[], { html }: { html?: string }) => {
      const { compareDirectories, reportOnDirectory } = await import("./report-on.ts");
      if (directories.length === 1) await reportOnDirectory(directories[0]!, html);
      else await compareDirectories(directories, html);
    });
}
