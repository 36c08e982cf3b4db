import { runGroup } from "../process-group.js";

/** An expected failure of the setup. Its message is one line that states the problem and how to fix it. */
export class SetupError extends Error {}

export function log(line) {
  console.log(line);
}

/**
 * Runs a command and returns its stdout.
 *
 * @throws SetupError with the most informative line of the output if the command cannot be started, fails, or takes
 *   longer than `seconds`
 */
export async function run(command, args, { cwd, env, seconds = 600 } = {}) {
  const { stdout, stderr, code, signal, late, error } = await runGroup(command, args, { cwd, env, seconds });
  if (error)
    throw new SetupError(error.code === "ENOENT" ? `${command} is not installed or not on PATH` : error.message);
  if (code === 0) return stdout;
  if (late) throw new SetupError(`${command} did not finish within ${seconds} s`);
  throw new SetupError(errorLineOf(`${stderr}\n${stdout}`) ?? `${command} ended with ${signal ?? `exit code ${code}`}`);
}

/** Returns the first line that contains an error message, or the last line if there is none. */
function errorLineOf(output) {
  const lines = output.split("\n").map((line) => line.replace(/^npm error /, "").trim());
  return lines.find((line) => /error: \S/i.test(line)) ?? lines.findLast((line) => line !== "");
}
