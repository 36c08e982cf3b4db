// A contestant that answers texts with ids, for as long as it is asked.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { environmentOf } from "./contestants.js";

/** @returns `ids(texts)`, the ids of each text, and `close()` */
export function serve(contestant, files) {
  const [command, ...args] = contestant.command;
  const job = { ...contestant.job, ...files };
  const child = spawn(command, [...args, JSON.stringify(job)], {
    env: environmentOf(job),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ids(texts) {
      if (!child.stdin.write(`${JSON.stringify(texts)}\n`)) await once(child.stdin, "drain");
      const { value, done } = await answers.next();
      if (!done && value.endsWith("]")) return JSON.parse(value);
      const [code, signal] = await ended;
      throw new Error(`${contestant.key} stopped while it answered: ${signal ?? `exit code ${code}`}`);
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
