import { BertieError } from "@bertie/common";
import type { InputExample } from "./example.ts";
import type { Columns, Table } from "./table.ts";

/**
 * Converts the rows of a table to examples.
 *
 * @throws BertieError "input/no-column" if no column holds the text or none the label, "input/short-row",
 *   "input/empty-label", "input/no-rows"
 * @example
 * ```ts ignore
 * const table = await readTable("reviews.csv", bytes);
 * const examples = tableExamples(table, guessColumns(table));
 * ```
 */
export function tableExamples({ name, rows }: Table, { header, roles }: Columns): InputExample[] {
  const [text, pair, label] = [roles.indexOf("text"), roles.indexOf("pair"), roles.indexOf("label")] as const;
  if (text < 0 || label < 0) {
    const message = `${name}: choose the column that holds the text and the column that holds the label`;
    throw new BertieError("input/no-column", message);
  }
  const examples = rows.slice(header ? 1 : 0).map(({ line, cells }, i) => {
    const cell = (column: number) => {
      const value = cells[column];
      if (value !== undefined) return value;
      const found = `the row has ${cells.length} column${cells.length === 1 ? "" : "s"}`;
      const message = `${name}, line ${line}: ${found}, but column ${column + 1} is needed; fix or delete the row`;
      throw new BertieError("input/short-row", message);
    };
    if (cell(label) === "") {
      const message = `${name}, line ${line}, column ${label + 1}: the label is empty; fill it in or delete the row`;
      throw new BertieError("input/empty-label", message);
    }
    return {
      guid: `row-${i}`,
      textA: cell(text),
      ...(pair >= 0 && { textB: cell(pair) }),
      label: cell(label),
      source: { fileName: name, line },
    };
  });
  if (examples.length === 0) throw new BertieError("input/no-rows", `${name}: the file has no rows of data`);
  return examples;
}
