import { spawnSync } from "node:child_process";

/**
 * Runs a command and returns its stdout.
 *
 * @returns undefined if the command is not installed or fails, or if Deno has no permission to run it
 */
export function outputOf(command: string, options: readonly string[]): string | undefined {
  try {
    const { status, stdout } = spawnSync(command, options, { encoding: "utf8", timeout: 10_000 });
    return status === 0 ? stdout : undefined;
  } catch {
    return undefined;
  }
}
