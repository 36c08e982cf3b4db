// Runs contestants in turns, each turn a process of its own.
import { spawn } from "node:child_process";
import { median } from "../statistics.js";

/** A command's output; its errors stay on stderr. */
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
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stderr.slice(-2000)}`);
  return stdout;
}

/**
 * Every contestant once a round, in order and then in reverse: A B C, C B A, …, so that a machine's moods meet all.
 *
 * @param turn what a contestant does in its turn; its figures, numbers by name
 * @returns the medians of the figures by contestant's key
 */
export async function alternate(contestants, rounds, turn) {
  const samples = new Map(contestants.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++)
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed())
      samples.get(contestant.key).push(await turn(contestant));
  return new Map([...samples].map(([key, figures]) => [key, mediansOf(figures)]));
}

function mediansOf(figures) {
  const names = Object.keys(figures[0]);
  return Object.fromEntries(names.map((name) => [name, median(figures.map((figure) => figure[name]))]));
}
