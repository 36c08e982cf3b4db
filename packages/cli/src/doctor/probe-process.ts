import { spawn } from "node:child_process";
import { ownCommand } from "../own-command.ts";
import { readPlacement } from "./placement.ts";
import type { ProbeResult, Target } from "./target.ts";

/** Time limit of a probe. The first use of a GPU compiles shaders, which takes seconds. */
const TIMEOUT_MS = 240_000;

/** Tests an engine in a child process, so that a crash of a native library does not end this process. */
export async function probeInChild(target: Target, verbose = false): Promise<ProbeResult> {
  const { end, stdout, stderr } = await runChild(target, verbose);
  const result = parseResult<ProbeResult>(stdout);
  if (result === undefined)
    return { works: false, detail: [end, stderr.trim().split("\n")[0]].filter(Boolean).join(": ") };
  const placement = verbose ? readPlacement(stderr) : undefined;
  return { ...result, ...(placement && { placement }) };
}

/** Returns the engine and the device that `auto` chooses; undefined if the child process fails. */
export async function chosenByAuto(): Promise<Target | undefined> {
  return parseResult<Target>((await runChild({ engine: "auto", device: "auto" })).stdout);
}

function runChild({ engine, device }: Target, verbose = false) {
  const child = spawn(...ownCommand(["probe-engine", engine, device, ...(verbose ? ["--verbose"] : [])]), {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
  });
  const start = performance.now();
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Uint8Array) => {
    stdout += text.toString();
  });
  child.stderr.on("data", (text: Uint8Array) => {
    stderr += text.toString();
  });
  return new Promise<{ end: string; stdout: string; stderr: string }>((resolve) => {
    child.on("error", (error) => resolve({ end: error.message, stdout, stderr }));
    child.on("close", (code, signal) => {
      const isTimeout = signal !== null && performance.now() - start > TIMEOUT_MS;
      const killed = isTimeout ? `timed out after ${TIMEOUT_MS / 1000} s` : `the process was killed by ${signal}`;
      const end = signal === null ? `the process exited with code ${code}` : killed;
      resolve({ end, stdout, stderr });
    });
  });
}

function parseResult<T>(stdout: string): T | undefined {
  try {
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T;
  } catch {
    return undefined;
  }
}
