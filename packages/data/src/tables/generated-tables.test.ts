import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type GeneratedTable, generatedTable } from "../testing/generated-tables.ts";
import { openTable } from "./open-table.ts";
import { bytesSource } from "./source.ts";
import type { OpenTable } from "./types.ts";

const TABLES = 400;

/** Returns whether a table is read correctly. A doubtful guess counts as wrong, and its error names an option. */
async function isRight({ fileName, bytes, rows, header }: GeneratedTable): Promise<boolean> {
  try {
    const table = await openTable(bytesSource(fileName, bytes));
    expectStated(table);
    const cells: (readonly string[])[] = [];
    for await (const row of table.rows()) cells.push(row.cells);
    return table.header === header && JSON.stringify(cells) === JSON.stringify(rows);
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    expect(error.message).toMatch(/--[a-z-]+/);
    return false;
  }
}

/** Expects the printed line to state everything that was guessed, whether the guess is right or wrong. */
function expectStated({ name, format, encoding, delimiter, quote, header, guesses }: OpenTable): void {
  const [line = ""] = guesses;
  expect(line.toLowerCase()).toContain(`, ${encoding}`);
  if (format === "text") {
    expect(line).toContain(`${name}: one text per line`);
    return;
  }
  expect(line).toContain(`${name}: ${format.toUpperCase()}, `);
  if (format === "csv") expect(line).toMatch(/one column|delimited by/);
  if (format === "csv" && !line.includes("one column"))
    expect(line).toContain(`delimited by ${JSON.stringify(delimiter)}`);
  if (quote === "'") expect(line).toContain("quoted with '");
  expect(line.endsWith(header ? ", with a header" : ", without a header")).toBe(true);
}

it("openTable() reads at least 98% of generated tables correctly, and states every guess", async () => {
  const tables = fc.sample(generatedTable, { seed: 20_240_501, numRuns: TABLES });
  const outcomes: boolean[] = [];
  for (const table of tables) outcomes.push(await isRight(table));
  expect(outcomes.filter((right) => !right).length).toBeLessThanOrEqual(0.02 * TABLES);
  expect(new Set(tables.map(({ encoding }) => encoding)).size).toBeGreaterThanOrEqual(10);
});
