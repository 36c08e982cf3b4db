import { BertieError } from "@bertie/common";
import { encodingOfContent } from "./content-encoding.ts";
import { compressionOf, decompressStream } from "./decompress.ts";
import { openDelimited } from "./delimited-table.ts";
import { formatOfName, isParquet, jsonFormatOf, notTable, refuseBinary, refuseOtherText } from "./detect-format.ts";
import { openJson } from "./json-table.ts";
import { openParquetTable } from "./parquet-table.ts";
import { collect, peek, type TableSource } from "./source.ts";
import type { Content, OpenTable, TableOptions } from "./types.ts";

/** Number of bytes from which everything is detected. */
const HEAD_BYTES = 1 << 19;

/**
 * Opens a table: CSV, TSV, JSON, JSON Lines, Parquet or lines of text, which may be compressed with gzip or Zstandard. Format,
 * encoding, delimiter, quotation mark and header are detected unless they are set, and the guess is returned as a line to print.
 * CSV, TSV, JSON Lines and text are read as a stream.
 *
 * @throws BertieError "input/not-text" if the file is not a table, such as an Excel workbook
 * @throws BertieError "input/invalid-utf8" if the encoding is uncertain
 * @throws BertieError "input/doubtful-delimiter" or "input/doubtful-header" if the guess is uncertain
 * @throws BertieError "input/no-rows" if the file is empty
 * @throws BertieError "input/compression", "input/json" or "input/parquet" if the file is damaged
 * @throws BertieError "options/encoding" if the encoding is unknown
 * @example
 * ```ts
 * import { bytesSource, openTable } from "@bertie/data";
 *
 * const bytes = new TextEncoder().encode('review;stars\n"Clean; friendly staff";5\nToo loud;1\n');
 * const table = await openTable(bytesSource("reviews.csv", bytes));
 * console.log(table.guesses[0]); // reviews.csv: CSV, UTF-8, delimited by ";", with a header
 * for await (const { line, cells } of table.rows()) console.log(line, cells);
 * // 2 [ "Clean; friendly staff", "5" ], then 3 [ "Too loud", "1" ]
 * ```
 */
export async function openTable(source: TableSource, options: TableOptions = {}): Promise<OpenTable> {
  const content = await openContent(source);
  const { name, head } = content;
  const expected = formatOfName(name);
  if (isParquet(head)) {
    const requested = options.format ?? expected ?? "parquet";
    if (requested === "parquet") return openParquetTable(content);
    throw notTable(name, "Parquet", "Rename the file to .parquet, or set the format (--format parquet)");
  }
  refuseBinary(name, head);
  if ((options.format ?? expected) === "parquet")
    throw notTable(name, "a file that is not Parquet", "Set the format (--format), or check that the file is complete");
  if (head.length === 0) throw noRows(name);
  const decoded = await encodingOfContent(content, options);
  refuseOtherText(name, decoded.text);
  if (decoded.text.trim() === "") throw noRows(name);
  const format = options.format ?? jsonFormatOf(decoded.text) ?? expected;
  if (format === "json" || format === "jsonl") return openJson(content, decoded, format, options);
  return openDelimited(content, decoded, format, options);
}

function noRows(name: string): BertieError {
  return new BertieError("input/no-rows", `${name}: the file has no rows. Check that it is the right file.`);
}

/** Opens a file, decompresses it, and reads its start. */
export async function openContent(source: TableSource): Promise<Content> {
  const { name, once = false } = source;
  const packed = await peek(source.stream(), 4);
  const compression = compressionOf(packed.head);
  const peeked = await peek(decompressStream(packed.chunks, compression, name), HEAD_BYTES);
  const { head, complete } = peeked;
  let unread = once;
  if (!once && !complete) await peeked.close();
  function stream(): AsyncIterable<Uint8Array> {
    if (complete) return singleChunk(head);
    if (!once) return decompressStream(source.stream(), compression, name);
    if (!unread) throw new Error(`${name} can be read only once`);
    unread = false;
    return peeked.chunks;
  }
  const bytes = async () => (compression === "none" && source.bytes && !once ? source.bytes() : collect(stream()));
  return { name, compression, head, complete, once, stream, bytes };
}

async function* singleChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
