import { BertieError } from "@bertie/common";
import { isObject } from "./json-records.ts";

/** Format of a table. "text" is one text per line. */
export type TableFormat = "csv" | "tsv" | "jsonl" | "json" | "parquet" | "text";

const EXTENSIONS: Readonly<Record<string, TableFormat>> = {
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  parquet: "parquet",
  pq: "parquet",
};

/**
 * Returns the format of a table that the extension of a file names, with or without the extension of a compressed file;
 * undefined for other names.
 *
 * @example
 * ```ts
 * import { formatOfName } from "@bertie/data";
 *
 * console.log(formatOfName("data/reviews.csv.gz"), formatOfName("reviews.txt")); // csv undefined
 * ```
 */
export function formatOfName(name: string): TableFormat | undefined {
  const extension = /\.([^.\\/]+)$/.exec(name.replace(/\.(gz|gzip|zst|zstd)$/i, ""))?.[1];
  return EXTENSIONS[extension?.toLowerCase() ?? ""];
}

const PARQUET = [0x50, 0x41, 0x52, 0x31];
/** First bytes of common binary formats, and the way to get a table. */
const BINARY_FORMATS: readonly (readonly [kind: string, beginning: readonly number[], fix: string])[] = [
  ["a legacy Excel workbook (.xls)", [0xd0, 0xcf, 0x11, 0xe0], "Save the sheet as CSV"],
  ["a PDF", [0x25, 0x50, 0x44, 0x46], "Export the table as CSV"],
  ["an image", [0x89, 0x50, 0x4e, 0x47], "Check that it is the right file"],
  ["an image", [0xff, 0xd8, 0xff], "Check that it is the right file"],
  ["an SQLite database", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20], "Export the table as CSV"],
  ["an Arrow file", [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], "Save the table as Parquet"],
  ["a Feather file", [0x46, 0x45, 0x41, 0x31], "Save the table as Parquet"],
  ["a NumPy array", [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "Save the table as CSV or JSON Lines"],
  ["a 7z archive", [0x37, 0x7a, 0xbc, 0xaf], "Extract the file"],
  ["a bzip2 file", [0x42, 0x5a, 0x68], "Decompress the file, or compress it with gzip or zstd"],
  ["an xz file", [0xfd, 0x37, 0x7a, 0x58, 0x5a], "Decompress the file, or compress it with gzip or zstd"],
];

const startsWith = (bytes: Uint8Array, beginning: readonly number[]) => beginning.every((byte, i) => bytes[i] === byte);

export function isParquet(head: Uint8Array): boolean {
  return startsWith(head, PARQUET);
}

/**
 * Throws if a file is not a table, such as an Excel workbook.
 *
 * @param head first bytes of the file, after decompression
 * @throws BertieError "input/not-text"
 */
export function refuseBinary(name: string, head: Uint8Array): void {
  const found = BINARY_FORMATS.find(([, beginning]) => startsWith(head, beginning));
  if (found !== undefined) throw notTable(name, found[0], found[2]);
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) {
    const start = new TextDecoder("latin1").decode(head);
    if (/\[Content_Types\]\.xml|xl\/|_rels\//.test(start) || /\.xls[xm]$/i.test(name))
      throw notTable(name, "an Excel workbook (.xlsx)", 'Save the sheet as "CSV UTF-8"');
    throw notTable(name, "a ZIP archive", "Extract the file");
  }
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5 && head.subarray(0, 64).includes(0))
    throw notTable(name, "a Python pickle", "Save the table as CSV, JSON Lines or Parquet");
}

/**
 * Throws if the text of a file is not a table, such as a web page.
 *
 * @throws BertieError "input/not-text"
 */
export function refuseOtherText(name: string, text: string): void {
  if (/^\s*<(!doctype html|html|head|body)\b/i.test(text))
    throw notTable(name, "a web page (HTML)", "Download the file itself rather than the page that shows it");
  if (/^\s*<\?xml\b/i.test(text)) throw notTable(name, "an XML file", "Save the table as CSV or JSON Lines");
  if (/^version https:\/\/git-lfs\.github\.com\/spec/.test(text))
    throw notTable(name, "a Git LFS pointer", 'Get the file with "git lfs pull"');
  if (text.includes("\0")) throw notTable(name, "binary data", "Save the table as CSV or TSV");
}

export function notTable(name: string, kind: string, fix: string): BertieError {
  const formats = "expected a table (CSV, TSV, JSON, JSON Lines or Parquet) or lines of text";
  return new BertieError("input/not-text", `${name}: ${formats}, found ${kind}. ${fix}.`);
}

/** Returns whether a text is JSON or JSON Lines with objects, judged by its first line. */
export function jsonFormatOf(text: string): "json" | "jsonl" | undefined {
  const start = text.trimStart();
  if (start.startsWith("[")) return /^\[\s*[[{\]]/.test(start) ? "json" : undefined;
  if (!/^\{\s*["}]/.test(start)) return undefined;
  const firstLine = start.split(/\r\n|\n|\r/, 1)[0]!;
  const isWhole = isJson(firstLine);
  // A single object on one line is a record, unless it contains a table.
  if (isWhole && start.slice(firstLine.length).trim() === "") {
    const members = Object.values(JSON.parse(firstLine) as object) as unknown[];
    const isTable = members.some((member) => Array.isArray(member) && isObject(member[0]));
    return isTable || members.every((member) => typeof member === "object") ? "json" : "jsonl";
  }
  return isWhole ? "jsonl" : "json";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
