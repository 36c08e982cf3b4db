import { BertieError } from "@bertie/common";
import { type InputFormat, readCells, type TextColumns } from "./texts.ts";

/** Names of the fields of a record that contain its text and, for pairs, its second text. */
export interface TextFields {
  readonly text: string;
  readonly pair: string | undefined;
}

/** Returns whether the first record of an input in this format is a header. */
export function hasHeader(format: InputFormat): format is "tsv" | "csv" {
  return format === "tsv" || format === "csv";
}

/**
 * Finds the columns that contain the given fields.
 *
 * @param header first record of the input; ignored for formats without a header
 * @param fileName name of the input in error messages
 * @throws BertieError "input/no-column" if a field is not in the header, or if the input is empty
 * @example
 * ```ts
 * import { findColumns } from "@bertie/data/records";
 *
 * const header = new TextEncoder().encode("id\ttext\n");
 * const columns = await findColumns(header, "tsv", { text: "text", pair: undefined }, "a.tsv");
 * console.log(columns.text); // { name: "text", index: 1 }
 * ```
 */
export async function findColumns(
  header: Uint8Array,
  format: InputFormat,
  fields: TextFields,
  fileName: string,
): Promise<TextColumns> {
  const names = hasHeader(format) ? await readHeader(header, format, fileName) : undefined;
  const column = (name: string) => {
    const index = names === undefined ? 0 : names.indexOf(name);
    if (index >= 0) return { name, index };
    const found = names?.map((other) => `"${other}"`).join(", ");
    const text = `${fileName}, line 1: no column is named "${name}". Set the field (--field) or pair field (--pair-field) to one of ${found}.`;
    throw new BertieError("input/no-column", text);
  };
  return { text: column(fields.text), pair: fields.pair === undefined ? undefined : column(fields.pair) };
}

async function readHeader(header: Uint8Array, format: "tsv" | "csv", fileName: string): Promise<string[]> {
  const names = await readCells(new TextDecoder().decode(header), format);
  if (names.length > 0) return names;
  throw new BertieError("input/no-column", `${fileName}: the file is empty. Name the columns in its first line.`);
}
