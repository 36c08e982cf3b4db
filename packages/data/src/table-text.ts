import { BertieError } from "@bertie/common";

/** First bytes of common binary formats. */
const BINARY_FORMATS: readonly (readonly [kind: string, beginning: readonly number[]])[] = [
  ["a spreadsheet or an archive", [0x50, 0x4b, 0x03, 0x04]],
  ["a legacy Office file, such as an .xls spreadsheet", [0xd0, 0xcf, 0x11, 0xe0]],
  ["a compressed file", [0x1f, 0x8b]],
  ["a PDF", [0x25, 0x50, 0x44, 0x46]],
  ["an image", [0x89, 0x50, 0x4e, 0x47]],
  ["an image", [0xff, 0xd8, 0xff]],
  ["a Parquet file", [0x50, 0x41, 0x52, 0x31]],
];

/**
 * Decodes a table file: UTF-8, UTF-16 with a byte order mark ("Unicode text" in spreadsheet programs), or GB 18030 (the
 * encoding of CSV files from Chinese spreadsheet programs).
 *
 * @param name name of the file in error messages
 * @throws BertieError "input/not-text" if the file is binary
 * @throws BertieError "input/invalid-utf8" if the file has none of these encodings
 */
export function decodeTable(name: string, bytes: Uint8Array): string {
  const kind = BINARY_FORMATS.find(([, beginning]) => beginning.every((byte, i) => bytes[i] === byte))?.[0];
  if (kind !== undefined) throw notText(name, kind);
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const big = bytes[0] === 0xfe && bytes[1] === 0xff;
  const encodings = little ? ["utf-16le"] : big ? ["utf-16be"] : ["utf-8", "gb18030"];
  for (const encoding of encodings) {
    const text = decode(bytes, encoding);
    if (text === undefined) continue;
    if (text.includes("\0")) throw notText(name, "binary data");
    return text;
  }
  throw new BertieError(
    "input/invalid-utf8",
    `${name}: expected UTF-8, UTF-16 or GB 18030, found another encoding. Save the file as UTF-8.`,
  );
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notText(name: string, kind: string): BertieError {
  return new BertieError(
    "input/not-text",
    `${name}: expected CSV or TSV, found ${kind}. Save the table as CSV or TSV.`,
  );
}
