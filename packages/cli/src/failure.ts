import { BertieError } from "@bertie/common";
import { CommanderError } from "commander";
import { Interrupted } from "./interrupt.ts";
import { withFlagNames } from "./report/flag-names.ts";

/** Exit code and error message of a command. */
export interface Failure {
  readonly exitCode: number;
  /** Undefined if there is nothing to print. */
  readonly message?: string;
}

/** Codes of errors that occur during a run and are not caused by its input. */
const RUN_FAILURES: ReadonlySet<string> = new Set([
  "engine/device-lost",
  "engine/out-of-memory",
  "train/not-finite",
  "classify/not-a-number",
  "input/not-read",
  "output/not-written",
  "output/not-placed",
  "sweep/failed",
  "hub/not-reached",
  "hub/unavailable",
  "hub/rate-limit",
  "hub/corrupt",
  "hub/cache-not-written",
  "hub/not-uploaded",
  "store/not-reached",
  "store/unavailable",
  "store/changed",
]);

/**
 * Returns the exit code and the message for an error. The message is one line, except for unexpected errors, which are bugs:
 * their message contains a stack trace.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // commander has already printed help or the version, on request (exit code 0) or because no command was named.
    if (error.exitCode === 0) return { exitCode: 0 };
    if (error.code === "commander.help") return { exitCode: 2 };
    return { exitCode: 2, message: oneLine(error.message.replace(/^error: /, "")) };
  }
  if (error instanceof BertieError) {
    return { exitCode: RUN_FAILURES.has(error.code) ? 1 : 2, message: oneLine(withFlagNames(error.message)) };
  }
  if (error instanceof Interrupted) {
    const { exitCode, message, reason } = error;
    return reason === "SIGPIPE" ? { exitCode } : { exitCode, message };
  }
  if (!(error instanceof Error)) return { exitCode: 1, message: String(error) };
  // Deno throws this error if a permission is missing. The message names the permission.
  if (error.name === "NotCapable") return { exitCode: 2, message: `Deno: ${oneLine(error.message)}` };
  const isFromSystem = "syscall" in error;
  return { exitCode: 1, message: isFromSystem ? oneLine(error.message) : (error.stack ?? error.message) };
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}
