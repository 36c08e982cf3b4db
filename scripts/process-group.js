// Commands that may fail or hang, each with all that it starts in a group of its own, which can be ended as one.
import { spawn } from "node:child_process";

const running = new Set();

/** Ends the commands that still run, with all that they started. */
export function endGroups() {
  for (const child of running) end(child);
}

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL"); // the whole group
  } catch {
    child.kill("SIGKILL"); // on Windows there are none
  }
}

/**
 * Runs a command to its end, or to its limit in seconds.
 *
 * @returns its output; its exit code or what signal ended it; `late`, whether it reached the limit; `error` if it could not
 * be started
 */
export function runGroup(command, args, { cwd, env, seconds }) {
  const options = { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] };
  const child = spawn(command, args, { ...options, detached: process.platform !== "win32" });
  running.add(child);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    child[name].setEncoding("utf8").on("data", (text) => {
      output[name] += text;
    });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end(child);
  }, seconds * 1000);
  return new Promise((resolve) => {
    const close = (how) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ ...output, late, ...how });
    };
    child.on("error", (error) => close({ error }));
    child.on("close", (code, signal) => close({ code, signal }));
  });
}
