import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { ownCommand } from "../own-command.ts";

/** Environment variable that makes a process stop, after a checkpoint, when the process that started it has ended. */
const STOP_WITH_PARENT = "BERTIE_STOP_WITH_PARENT";

/** Number of seconds to wait for a directory that another process is still writing to. */
const LOCK_SECONDS = 60;

/** How a run's process has ended. */
export interface ChildResult {
  readonly status: "finished" | "failed" | "interrupted";
  readonly seconds: number;
  /** Last message of a failed run, in one line. */
  readonly error: string | undefined;
}

/**
 * Runs `bertie train` in a process of its own. Its output is appended to a log file. When the signal is aborted, the process
 * writes a checkpoint and ends.
 *
 * @param args arguments after `train`
 */
export async function runInChild(args: readonly string[], logFile: string, signal: AbortSignal): Promise<ChildResult> {
  const started = performance.now();
  const secondsSince = () => (performance.now() - started) / 1000;
  for (;;) {
    const end = await runOnce(args, logFile, signal);
    const error = end === "" ? undefined : (lastMessage(logFile) ?? end);
    // After a crash of an earlier sweep, its last run may still be writing a checkpoint.
    const isLocked = error?.includes("another run is writing to this directory") ?? false;
    if (isLocked && secondsSince() < LOCK_SECONDS && !signal.aborted) {
      await sleep(500);
      continue;
    }
    const status = end === "" ? "finished" : signal.aborted ? "interrupted" : "failed";
    return { status, seconds: secondsSince(), error };
  }
}

/** Returns an empty string if the process succeeds, otherwise how it ended. */
function runOnce(args: readonly string[], logFile: string, signal: AbortSignal): Promise<string> {
  const log = openSync(logFile, "a");
  const child = spawn(...ownCommand(["train", ...args]), {
    stdio: ["ignore", log, log, "ipc"],
    env: { ...process.env, [STOP_WITH_PARENT]: "1" },
    // Ctrl-C reaches only this process, which passes it on once: a second signal would end a run without a checkpoint.
    detached: process.platform !== "win32",
  });
  closeSync(log);
  const stop = () => child.kill("SIGTERM");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  return new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, reason) => {
      signal.removeEventListener("abort", stop);
      if (code === 0) resolve("");
      else resolve(reason === null ? `the process exited with code ${code}` : `the process was killed by ${reason}`);
    });
  });
}

/** Returns the last error message in a log. */
export function lastMessage(logFile: string): string | undefined {
  const lines = readFileSync(logFile, "utf8").trimEnd().split("\n");
  const last = lines.findLast((line) => line.trim() !== "");
  return last?.startsWith("bertie: ") ? last.slice("bertie: ".length) : undefined;
}

/** Makes this process stop as after SIGTERM when its parent has ended, if the parent is a sweep. */
export function stopWithParent(): void {
  // Without a channel there is no parent to follow; Deno needs no permission to learn that.
  if (process.channel === undefined || process.env[STOP_WITH_PARENT] === undefined) return;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
