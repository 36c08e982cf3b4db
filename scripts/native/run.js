import { spawn } from "node:child_process";

/** What keeps the setup from succeeding, in a line that says what to do. */
export class Fault extends Error {}

export function say(line) {
  console.log(line);
}

const children = new Set();

/** Ends the commands that still run, with all that they started. */
export function endChildren() {
  for (const child of children) end(child);
}

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL"); // the whole group
  } catch {
    child.kill("SIGKILL"); // on Windows there are none
  }
}

/**
 * Runs a command to its end.
 *
 * @returns its stdout
 * @throws Fault, with the line of its output that tells most, if it cannot be started, fails or lasts longer than `seconds`
 */
export function run(command, args, { cwd, env, seconds = 600 } = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] };
    const child = spawn(command, args, { ...options, detached: process.platform !== "win32" });
    children.add(child);
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
    const close = (fault) => {
      clearTimeout(timer);
      children.delete(child);
      if (fault === undefined) resolve(output.stdout);
      else reject(new Fault(fault));
    };
    child.on("error", (error) => close(error.code === "ENOENT" ? `${command} is not installed` : error.message));
    child.on("close", (code, signal) => {
      if (code === 0) return close();
      if (late) return close(`not done within ${seconds} s`);
      close(telling(`${output.stderr}\n${output.stdout}`) ?? `${command} ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

/** The first line that says what the error is, or else the last one. */
function telling(output) {
  const lines = output.split("\n").map((line) => line.replace(/^npm error /, "").trim());
  return lines.find((line) => /error: \S/i.test(line)) ?? lines.findLast((line) => line !== "");
}
