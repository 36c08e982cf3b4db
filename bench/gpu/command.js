// Commands of which some may fail, hang, or take a GPU's memory.
import { spawnSync } from "node:child_process";
import { endGroups, runGroup } from "../../scripts/process-group.js";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => {
    endGroups();
    process.exit(130);
  });

/**
 * Runs a command to its end, or to its limit.
 *
 * @returns its output, seconds, and the GPU's memory that it took at most in MiB (NVIDIA's tell); `fault`, a line, if it
 * did not end well
 */
export async function attempt([program, ...args], { seconds, env = {} }) {
  const start = performance.now();
  const before = usedMemory();
  let most = before;
  const watch = before === undefined ? undefined : setInterval(() => (most = Math.max(most, usedMemory() ?? 0)), 250);
  const end = await runGroup(program, args, { env: { NO_COLOR: "1", ...env }, seconds });
  clearInterval(watch);
  const { stdout, stderr, late } = end;
  const fault = late ? `not done within ${seconds} s` : faultOf(program, end);
  return {
    stdout,
    stderr,
    seconds: (performance.now() - start) / 1000,
    ...(before !== undefined && { gpuMegabytes: most - before }),
    ...(fault !== undefined && { fault, late }),
  };
}

function faultOf(program, { stdout, stderr, code, signal, error }) {
  if (error) return `${program}: ${error.code ?? error.message}`;
  if (code === 0) return undefined;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  const telling = lines.findLast((line) => /error|bertie: |FAIL/i.test(line)) ?? lines.at(-1);
  return [signal === null ? `exit code ${code}` : `ended by ${signal}`, telling?.trim().slice(0, 200)]
    .filter(Boolean)
    .join(": ");
}

/** MiB of all processes on the first GPU of NVIDIA's; undefined where there is none. */
function usedMemory() {
  const query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
  const { status, stdout } = spawnSync("nvidia-smi", query, { encoding: "utf8", timeout: 5000 });
  const [first] = status === 0 ? stdout.split("\n") : [];
  return first === undefined || Number.isNaN(Number(first)) ? undefined : Number(first);
}
