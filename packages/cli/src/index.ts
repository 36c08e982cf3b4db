import process from "node:process";
import { describeFailure } from "./failure.ts";
import { normalizeArguments } from "./options/arguments.ts";
import { createProgram } from "./program.ts";
import { stopWithParent } from "./sweep/child-run.ts";

export type { RunEvent } from "@bertie/classifier";

/**
 * Runs the command `bertie`.
 *
 * @param args arguments after the name of the command
 * @returns the exit code: 0 for success, 1 for a failed run, 2 for wrong usage or input, 130 after an interruption
 */
export async function main(args: readonly string[]): Promise<number> {
  process.stdout.on("error", endUnlessClosed);
  stopWithParent();
  try {
    const program = createProgram();
    await program.parseAsync(normalizeArguments(program, args), { from: "user" });
    return 0;
  } catch (error) {
    const { exitCode, message } = describeFailure(error);
    if (message !== undefined) process.stderr.write(`bertie: ${message}\n`);
    return exitCode;
  }
}

/**
 * Handles an error of stdout. A closed pipe is not a failure. Any other error, such as a full disk, ends the process with a
 * message; without this listener, it would end the process with a stack trace.
 */
function endUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  process.stderr.write(`bertie: cannot write to stdout (${error.message}). Check the disk.\n`);
  process.exit(1);
}
