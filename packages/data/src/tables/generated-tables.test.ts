import fc from "fast-check";
import { expect, it } from "vitest";
import { type GeneratedTable, generatedTable } from "../testing/generated-tables.ts";
import { openTable } from "./open-table.ts";
import { bytesSource } from "./source.ts";

const TABLES = 400;

/** Returns "right", or the lines that tell the user what was guessed or is uncertain. */
async function read({ fileName, bytes, rows, header }: GeneratedTable): Promise<"right" | readonly string[]> {
  try {
    const table = await openTable(bytesSource(fileName, bytes));
    const cells: (readonly string[])[] = [];
    for await (const row of table.rows()) cells.push(row.cells);
    return table.header === header && JSON.stringify(cells) === JSON.stringify(rows) ? "right" : table.guesses;
  } catch (error) {
    return [(error as Error).message];
  }
}

it("openTable() reads at least 98% of generated tables correctly, and prints every wrong guess", async () => {
  const tables = fc.sample(generatedTable, { seed: 20_240_501, numRuns: TABLES });
  const outcomes = await Promise.all(tables.map(read));
  const wrong = outcomes.filter((outcome) => outcome !== "right");
  expect(wrong.length).toBeLessThanOrEqual(0.02 * TABLES);
  for (const [i, outcome] of outcomes.entries())
    if (outcome !== "right") expect(outcome.join("\n")).toMatch(new RegExp(`^${tables[i]!.fileName}[:,] `));
  expect(new Set(tables.map(({ encoding }) => encoding)).size).toBeGreaterThanOrEqual(10);
});
