import { BertieError } from "@bertie/common";
import type { TableRow } from "../tsv.ts";
import type { DecodedHead } from "./content-encoding.ts";
import { decodeStream } from "./decode-stream.ts";
import { cellOf, keysOf, parseJsonTable, parseRecord } from "./json-records.ts";
import { createTextRows, lineDialect, parseSample, SAMPLE_ROWS } from "./text-rows.ts";
import type { Content, OpenTable, TableOptions } from "./types.ts";

/** Opens a JSON file, which is read as a whole, or a JSON Lines file, which is read as a stream. */
export async function openJson(
  content: Content,
  decoded: DecodedHead,
  format: "json" | "jsonl",
  options: TableOptions,
): Promise<OpenTable> {
  const { name, compression } = content;
  const { encoding, label } = decoded;
  const facts = { name, format, encoding, compression, delimiter: undefined, quote: undefined, header: true };
  if (format === "jsonl") {
    const guesses = [`${name}: JSON Lines, ${label}`];
    return { ...facts, ...jsonLines(content, decoded, options), guesses };
  }
  const table = parseJsonTable(content.complete ? decoded.text : await wholeText(content, encoding), name);
  const rows = table.rows.map((cells, i): TableRow => ({ line: i + 1, cells }));
  return {
    ...facts,
    columns: table.columns,
    guesses: [`${name}: JSON, ${label}`],
    sample: rows.slice(0, SAMPLE_ROWS),
    complete: rows.length <= SAMPLE_ROWS,
    async *rows() {
      yield* rows;
    },
    summary: () => ({ rows: rows.length, blankLines: 0, notes: [] }),
  };
}

function jsonLines(content: Content, { encoding, text }: DecodedHead, { onBadRow = "fail" }: TableOptions) {
  const { name } = content;
  const dialect = lineDialect(text);
  const lines = parseSample(text, dialect, content.complete);
  const records = lines.flatMap(({ line, cells: [json = ""] }) => {
    try {
      return [{ line, record: parseRecord(json, `${name}, line ${line}`) }];
    } catch (error) {
      if (!(error instanceof BertieError) || onBadRow === "fail") throw error;
      return [];
    }
  });
  const columns = keysOf(records.map(({ record }) => record));
  const rowOf = (line: number, record: Readonly<Record<string, unknown>>): TableRow => ({
    line,
    cells: columns.map((column) => cellOf(Object.hasOwn(record, column) ? record[column] : undefined)),
  });
  const convert = ({ line, cells: [json = ""] }: TableRow) => rowOf(line, parseRecord(json, `${name}, line ${line}`));
  const { rows, summary } = createTextRows(content, { encoding, dialect, skippedRows: 0, onBadRow, convert });
  const sample = records.map(({ line, record }) => rowOf(line, record));
  return { columns, sample, complete: content.complete && lines.length < SAMPLE_ROWS, rows, summary };
}

async function wholeText(content: Content, encoding: string): Promise<string> {
  const parts: string[] = [];
  const onError = (error: BertieError) => {
    throw error;
  };
  for await (const part of decodeStream(content.stream(), { name: content.name, encoding, onError })) parts.push(part);
  return parts.join("");
}
