// Keeps an implementation running to encode texts on request.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { environmentOf } from "./implementations.js";

/** Starts an implementation. Returns the functions `ids(texts)`, which returns the ids of each text, and `close()`. */
export function serve(implementation, files) {
  const [command, ...args] = implementation.command;
  const job = { ...implementation.job, ...files };
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
      throw new Error(`${implementation.key} exited before it returned ids: ${signal ?? `exit code ${code}`}`);
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
