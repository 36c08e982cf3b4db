import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { ROOT } from "../cli/bertie.ts";

/** Runs a program of this directory, and returns the violations that it printed and the summary on its last line. */
function runProgram(
  name: string,
  ...args: string[]
): Promise<{ violations: string[]; summary: Record<string, number> }> {
  const child = spawn(process.execPath, [join(ROOT, "tests/faults", name), ...args]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  return new Promise((resolve) =>
    child.on("close", () => {
      const lines = output.trimEnd().split("\n");
      const last = lines.pop()!;
      if (!last.startsWith("{")) throw new Error(output);
      resolve({ violations: lines, summary: JSON.parse(last) as Record<string, number> });
    }),
  );
}

// `npm run soak` tests more operations and more kills.
it.each(["EIO", "ENOSPC"])(
  "a run whose file operation fails with %s keeps its last checkpoint, reports the reason, and can be resumed",
  async (error) => {
    const { violations, summary } = await runProgram("every-operation.js", "--errors", error, "--every", "5");
    expect(violations).toEqual([]);
    expect(summary.operations).toBeGreaterThan(200);
  },
  600_000,
);

it("a run that is killed repeatedly produces the same bytes", async () => {
  const { violations, summary } = await runProgram("kills.js", "--kills", "6", "--engine", "reference");
  expect(violations).toEqual([]);
  expect(summary).toMatchObject({ kills: 6 });
}, 600_000);
