import { BertieError } from "@bertie/common";
import { CommanderError } from "commander";
import { Interrupted } from "./interrupt.ts";

/** How a command ended that did not end well. */
export interface Failure {
  readonly exitCode: number;
  /** Undefined where all is said. */
  readonly message?: string;
}

/** Faults of a run's course, not of its input. */
const RUN_FAILURES: ReadonlySet<string> = new Set([
  "engine/device-lost",
  "engine/out-of-memory",
  "train/not-finite",
  "classify/not-a-number",
  "input/not-read",
  "output/not-written",
  "output/not-placed",
]);

/** The exit code, and what to say, in one line; only a bug of ours is shown with where it happened. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // With exit code 0 commander has shown help or the version; "(outputHelp)" is its way to say that it has, too.
    if (error.exitCode === 0) return { exitCode: 0 };
    if (error.code === "commander.help") return { exitCode: 2 };
    const text = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    return { exitCode: 2, message: `${text}; "bertie --help" lists what there is` };
  }
  if (error instanceof BertieError) {
    return { exitCode: RUN_FAILURES.has(error.code) ? 1 : 2, message: oneLine(error.message) };
  }
  if (error instanceof Interrupted) {
    const { exitCode, message, reason } = error;
    return reason === "SIGPIPE" ? { exitCode } : { exitCode, message };
  }
  if (!(error instanceof Error)) return { exitCode: 1, message: String(error) };
  // Deno's; it says which permission is not there.
  if (error.name === "NotCapable") return { exitCode: 2, message: `Deno: ${oneLine(error.message)}` };
  const isFromSystem = "syscall" in error;
  return { exitCode: 1, message: isFromSystem ? oneLine(error.message) : (error.stack ?? error.message) };
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}
