import process from "node:process";
import { describeFailure } from "./failure.ts";
import { withoutUnderscores } from "./options/command-line.ts";
import { createProgram } from "./program.ts";

export type { RunEvent } from "@bertie/classifier";

/**
 * Runs the command `bertie`.
 *
 * @param args what follows the command's name
 * @returns the exit code: 0 done, 1 a run failed, 2 wrong usage or input, 130 interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  process.stdout.on("error", endUnlessClosed);
  try {
    await createProgram().parseAsync(withoutUnderscores(args), { from: "user" });
    return 0;
  } catch (error) {
    const { exitCode, message } = describeFailure(error);
    if (message !== undefined) process.stderr.write(`bertie: ${message}\n`);
    return exitCode;
  }
}

/**
 * A reader that has gone is no fault, but a full disk is: there is nobody to throw it to, and without a listener it would end
 * the process with a stack trace.
 */
function endUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  process.stderr.write(`bertie: stdout: cannot be written (${error.message})\n`);
  process.exit(1);
}
