import { encodingOfContent } from "./content-encoding.ts";
import { isParquet, notTable, refuseBinary } from "./detect-format.ts";
import { openContent } from "./open-table.ts";
import type { TableSource } from "./source.ts";
import type { TableOptions } from "./types.ts";

/** A text file whose encoding is known. */
export interface OpenText {
  readonly name: string;
  /** Name of the encoding, as `TextDecoder` reports it. */
  readonly encoding: string;
  /** Encoding in words, to be printed, such as "UTF-8" or "gb18030 (guessed)". */
  readonly label: string;
  /**
   * Yields the text in UTF-8, without a byte order mark. The bytes of a UTF-8 file are passed through, also if a few of them
   * are invalid. In other encodings, invalid bytes become U+FFFD.
   */
  stream(): AsyncIterable<Uint8Array>;
}

/**
 * Opens a text file, which may be compressed with gzip or Zstandard, as a stream of UTF-8. The encoding is
 * detected as in `openTable()`.
 *
 * @param options encoding, if it is not to be detected
 * @throws BertieError "input/not-text" if the file is binary, such as an image or an Excel workbook
 * @throws BertieError "input/invalid-utf8" if the encoding is uncertain
 * @throws BertieError "input/compression" if a compressed file is damaged, "options/encoding" if the encoding is unknown
 * @example
 * ```ts
 * import { bytesSource, openText } from "@bertie/data";
 *
 * const bytes = Uint8Array.of(0xba, 0xdc, 0xba, 0xc3, 0xa3, 0xac, 0xb7, 0xbf, 0xbc, 0xe4, 0xb8, 0xc9, 0xbe, 0xbb);
 * const text = await openText(bytesSource("reviews.txt", bytes));
 * console.log(text.label); // gb18030 (guessed)
 * for await (const chunk of text.stream()) console.log(new TextDecoder().decode(chunk)); // 很好，房间干净
 * ```
 */
export async function openText(
  source: TableSource,
  { encoding: requested }: Pick<TableOptions, "encoding"> = {},
): Promise<OpenText> {
  const content = await openContent(source);
  const { name, head } = content;
  if (isParquet(head)) throw notTable(name, "Parquet", "Export its texts as lines");
  refuseBinary(name, head);
  const { encoding, label, text } = await encodingOfContent(content, { encoding: requested, onBadRow: "skip" });
  if (text.includes("\0")) throw notTable(name, "binary data", "Check that it is the right file");
  return {
    name,
    encoding,
    label,
    stream: () => (encoding === "utf-8" ? withoutMark(content.stream()) : toUtf8(content.stream(), encoding)),
  };
}

/** Removes the byte order mark of a UTF-8 stream. */
async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const mark = [0xef, 0xbb, 0xbf];
  let isFirst = true;
  for await (const chunk of chunks) {
    // Streams of files have no chunks of one or two bytes, except files of that size.
    yield isFirst && mark.every((byte, i) => chunk[i] === byte) ? chunk.subarray(mark.length) : chunk;
    isFirst = false;
  }
}

async function* toUtf8(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}
