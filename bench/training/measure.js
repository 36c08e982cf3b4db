// Runs implementations alternately, each in a separate process.
import { spawn } from "node:child_process";
import { median } from "../statistics.js";

/** Runs a command and returns its stdout. Throws with the end of its stderr if it fails. */
export async function run([command, ...args]) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with code ${code}:\n${stderr.slice(-2000)}`);
  return stdout;
}

/**
 * Runs every implementation once per round, alternately in order and in reverse order (A B C, C B A, …), so that noise of
 * the machine affects all of them.
 *
 * @param turn function that runs an implementation once and returns its measurements by name
 * @returns the medians of the measurements by the key of the implementation
 */
export async function alternate(implementations, rounds, turn) {
  const samples = new Map(implementations.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++)
    for (const implementation of round % 2 === 0 ? implementations : implementations.toReversed())
      samples.get(implementation.key).push(await turn(implementation));
  return new Map([...samples].map(([key, figures]) => [key, mediansOf(figures)]));
}

function mediansOf(figures) {
  const names = Object.keys(figures[0]);
  return Object.fromEntries(names.map((name) => [name, median(figures.map((figure) => figure[name]))]));
}
