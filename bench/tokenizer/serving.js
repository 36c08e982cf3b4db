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
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ids(texts) {
      if (!child.stdin.write(`${JSON.stringify(texts)}\n`)) await once(child.stdin, "drain");
      const { value, done } = await answers.next();
      if (done) throw new Error(`${contestant.key} has stopped`);
      return JSON.parse(value);
    },
    async close() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}
