// Runs commands that may hang in separate process groups, so that a command and its children can be killed together.
import { spawn } from "node:child_process";

const running = new Set();

/** Kills all running commands and their children. */
export function endGroups() {
  for (const child of running) end(child);
}

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL"); // the process group
  } catch {
    child.kill("SIGKILL"); // Windows has no process groups
  }
}

/**
 * Runs a command, and kills it after a time limit in seconds.
 *
 * @returns stdout and stderr, the exit code or the signal, `late` (whether the limit was reached), and `error` if the command
 * could not be started
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
    const close = (result) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ ...output, late, ...result });
    };
    child.on("error", (error) => close({ error }));
    child.on("close", (code, signal) => close({ code, signal }));
  });
}
