import { spawnSync } from "node:child_process";

/** What a command writes to stdout; undefined if it is not installed or fails, or Deno may not run it. */
export function outputOf(command: string, options: readonly string[]): string | undefined {
  try {
    const { status, stdout } = spawnSync(command, options, { encoding: "utf8", timeout: 10_000 });
    return status === 0 ? stdout : undefined;
  } catch {
    return undefined;
  }
}
