import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("memory.js", import.meta.url));
const run = (...args: string[]) => JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));

/** What limits allow of objects, whatever the file's size, and what the heap grows by itself. */
const ALLOWANCE = 32 << 20;

it.each(run() as string[])("a file of 40 MB is refused with less than twice its memory: %s", (name) => {
  const { code, size, grown } = run(name) as { code: string; size: number; grown: number };
  expect(code).toMatch(/^(weights|config|tokenizer|vocabulary|input)\/[\w-]+$/);
  expect(grown).toBeLessThan(2 * size + ALLOWANCE);
});
