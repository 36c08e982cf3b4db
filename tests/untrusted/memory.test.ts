import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("memory.js", import.meta.url));
const run = (...args: string[]) => JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));

/** Memory that does not depend on the file size: objects within the limits, and growth of the heap. */
const ALLOWANCE = 32 << 20;

it.each(run() as string[])("rejecting a 40 MB file takes less than twice its size in memory: %s", (name) => {
  const { code, size, grown } = run(name) as { code: string; size: number; grown: number };
  expect(code).toMatch(/^(weights|config|tokenizer|vocabulary|input)\/[\w-]+$/);
  expect(grown).toBeLessThan(2 * size + ALLOWANCE);
});
