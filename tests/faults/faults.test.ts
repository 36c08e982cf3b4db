import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { ROOT } from "../cli/bertie.ts";

/** Runs one of this folder's programs; what it printed at last, and the faults before. */
function program(name: string, ...args: string[]): Promise<{ faults: string[]; summary: Record<string, number> }> {
  const child = spawn(process.execPath, [join(ROOT, "tests/faults", name), ...args]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  return new Promise((resolve) =>
    child.on("close", () => {
      const lines = said.trimEnd().split("\n");
      const last = lines.pop()!;
      if (!last.startsWith("{")) throw new Error(said);
      resolve({ faults: lines, summary: JSON.parse(last) as Record<string, number> });
    }),
  );
}

// `npm run soak` fails every operation, and kills more often.
it.each(["EIO", "ENOSPC"])(
  "a run in which a file operation fails by %s keeps its last checkpoint, says why, and resumes",
  async (error) => {
    const { faults, summary } = await program("every-operation.js", "--errors", error, "--every", "5");
    expect(faults).toEqual([]);
    expect(summary.operations).toBeGreaterThan(200);
  },
  600_000,
);

it("a run that is killed again and again comes to the same bytes", async () => {
  const { faults, summary } = await program("kills.js", "--kills", "6", "--engine", "reference");
  expect(faults).toEqual([]);
  expect(summary).toMatchObject({ kills: 6 });
}, 600_000);
