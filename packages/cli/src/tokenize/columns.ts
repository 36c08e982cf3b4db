import { BertieError } from "@bertie/common";
import type { Columns } from "./block.ts";
import { type InputFormat, readCells } from "./texts.ts";

/** Names of the fields that are tokenized. */
export interface Fields {
  readonly text: string;
  readonly pair: string | undefined;
}

/** Whether the first record of an input names its columns. */
export function hasHeader(format: InputFormat): format is "tsv" | "csv" {
  return format === "tsv" || format === "csv";
}

/**
 * Where the fields stand in an input.
 *
 * @param header the input's first record, for formats that have one
 * @throws BertieError "input/no-column"
 */
export function findColumns(header: Uint8Array, format: InputFormat, fields: Fields, fileName: string): Columns {
  const names = hasHeader(format) ? readHeader(header, format, fileName) : undefined;
  const column = (name: string) => {
    const index = names === undefined ? 0 : names.indexOf(name);
    if (index >= 0) return { name, index };
    const there = names?.map((other) => `"${other}"`).join(", ");
    const text = `${fileName}, line 1: there is no column "${name}", but ${there}; name one with --field or --pair-field`;
    throw new BertieError("input/no-column", text);
  };
  return { text: column(fields.text), pair: fields.pair === undefined ? undefined : column(fields.pair) };
}

function readHeader(header: Uint8Array, format: "tsv" | "csv", fileName: string): string[] {
  const names = readCells(new TextDecoder().decode(header), format);
  if (names.length > 0) return names;
  throw new BertieError("input/no-column", `${fileName}: the file is empty; its first line must name the columns`);
}
