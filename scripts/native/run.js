import { runGroup } from "../process-group.js";

/** What keeps the setup from succeeding, in a line that says what to do. */
export class Fault extends Error {}

export function say(line) {
  console.log(line);
}

/**
 * Runs a command to its end.
 *
 * @returns its stdout
 * @throws Fault, with the line of its output that tells most, if it cannot be started, fails or lasts longer than `seconds`
 */
export async function run(command, args, { cwd, env, seconds = 600 } = {}) {
  const { stdout, stderr, code, signal, late, error } = await runGroup(command, args, { cwd, env, seconds });
  if (error) throw new Fault(error.code === "ENOENT" ? `${command} is not installed` : error.message);
  if (code === 0) return stdout;
  if (late) throw new Fault(`not done within ${seconds} s`);
  throw new Fault(telling(`${stderr}\n${stdout}`) ?? `${command} ended with ${signal ?? `exit code ${code}`}`);
}

/** The first line that says what the error is, or else the last one. */
function telling(output) {
  const lines = output.split("\n").map((line) => line.replace(/^npm error /, "").trim());
  return lines.find((line) => /error: \S/i.test(line)) ?? lines.findLast((line) => line !== "");
}
