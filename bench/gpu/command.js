// Runs commands that may fail or hang, and measures how much GPU memory they take.
import { spawnSync } from "node:child_process";
import { endGroups, runGroup } from "../../scripts/process-group.js";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => {
    endGroups();
    process.exit(130);
  });

/**
 * Runs a command, and kills it after a time limit.
 *
 * @returns the output, the time in seconds, the peak GPU memory in MiB (NVIDIA only), and `fault`, a one-line description of
 * the failure if the command failed
 */
export async function attempt([program, ...args], { seconds, env = {} }) {
  const start = performance.now();
  const before = usedMemory();
  let peak = before;
  const watch = before === undefined ? undefined : setInterval(() => (peak = Math.max(peak, usedMemory() ?? 0)), 250);
  const end = await runGroup(program, args, { env: { NO_COLOR: "1", ...env }, seconds });
  clearInterval(watch);
  const { stdout, stderr, late } = end;
  const fault = late ? `did not finish within ${seconds} s` : faultOf(program, end);
  return {
    stdout,
    stderr,
    seconds: (performance.now() - start) / 1000,
    ...(before !== undefined && { gpuMegabytes: peak - before }),
    ...(fault !== undefined && { fault, late }),
  };
}

/** Returns a one-line description of a command's failure, or undefined if the command succeeded. */
function faultOf(program, { stdout, stderr, code, signal, error }) {
  if (error) return `${program}: ${error.code ?? error.message}`;
  if (code === 0) return undefined;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  const message = lines.findLast((line) => /error|bertie: |FAIL/i.test(line)) ?? lines.at(-1);
  return [signal === null ? `exit code ${code}` : `killed by ${signal}`, message?.trim().slice(0, 200)]
    .filter(Boolean)
    .join(": ");
}

/** Returns the used memory of the first NVIDIA GPU in MiB, or undefined if no NVIDIA GPU is found. */
function usedMemory() {
  const query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
  const { status, stdout } = spawnSync("nvidia-smi", query, { encoding: "utf8", timeout: 5000 });
  const [first] = status === 0 ? stdout.split("\n") : [];
  return first === undefined || Number.isNaN(Number(first)) ? undefined : Number(first);
}
