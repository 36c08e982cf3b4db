import { BertieError } from "@bertie/common";
import type { InputExample } from "./example.ts";
import type { Columns, Table } from "./table.ts";

/**
 * Converts the rows of a table to examples.
 *
 * @throws BertieError "input/no-column" if no column has the role of the text or of the label
 * @throws BertieError "input/short-row" or "input/empty-label", with file and line, for a bad row
 * @throws BertieError "input/no-rows" if the table has no data rows
 * @example
 * ```ts
 * import { readTable, tableExamples } from "@bertie/data";
 *
 * const table = await readTable("reviews.csv", new TextEncoder().encode("很好,pos\n很差,neg\n"));
 * const [example] = tableExamples(table, { header: false, roles: ["text", "label"] });
 * console.log(example?.textA, example?.label); // "很好" "pos"
 * ```
 */
export function tableExamples({ name, rows }: Table, { header, roles }: Columns): InputExample[] {
  const [text, pair, label] = [roles.indexOf("text"), roles.indexOf("pair"), roles.indexOf("label")] as const;
  if (text < 0 || label < 0) {
    const message = `${name}: expected a text column and a label column. Choose both columns.`;
    throw new BertieError("input/no-column", message);
  }
  const examples = rows.slice(header ? 1 : 0).map(({ line, cells }, i) => {
    const cell = (column: number) => {
      const value = cells[column];
      if (value !== undefined) return value;
      const expected = `expected at least ${column + 1} column${column === 0 ? "" : "s"}`;
      const message = `${name}, line ${line}: ${expected}, found ${cells.length}. Fix or delete the row.`;
      throw new BertieError("input/short-row", message);
    };
    if (cell(label) === "") {
      const message = `${name}, line ${line}, column ${label + 1}: the label is empty. Fill it in or delete the row.`;
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
  if (examples.length === 0)
    throw new BertieError("input/no-rows", `${name}: the file has no data rows. Check that it is the right file.`);
  return examples;
}
