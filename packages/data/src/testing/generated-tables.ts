import fc from "fast-check";
import { encode } from "./encode.ts";
import { LANGUAGES, type Language } from "./sentences.ts";

/** A table file, and the rows that it contains. */
export interface GeneratedTable {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly language: string;
  readonly encoding: string;
  readonly delimiter: string;
  readonly header: boolean;
  /** Rows without the header. */
  readonly rows: readonly (readonly string[])[];
  readonly names: readonly string[];
  readonly textColumn: number;
  readonly labelColumn: number;
}

interface Shape {
  readonly language: Language;
  readonly encoding: string;
  readonly delimiter: string;
  readonly quoting: "minimal" | "all" | "single" | "backslash" | "none";
  readonly lineEnd: string;
  readonly header: boolean;
  readonly nameIndex: number;
  readonly order: readonly string[];
  readonly rowCount: number;
  readonly classes: number;
  readonly labelKind: "binary" | "stars" | "words" | "english";
  readonly extension: string;
  readonly mark: boolean;
  readonly finalLineEnd: boolean;
  readonly seed: number;
}

const ENGLISH_LABELS = ["pos", "neg", "neutral", "sport", "tech", "world", "business", "health", "food", "travel"];
const EXTRAS: Readonly<Record<string, (row: number, random: () => number) => string>> = {
  id: (row) => String(row + 1),
  date: (row) => `2024-0${1 + (row % 9)}-1${row % 10}`,
  price: (_, random) => (random() * 100).toFixed(2),
};

const shape: fc.Arbitrary<Shape> = fc.constantFrom(...LANGUAGES).chain((language) =>
  fc.record({
    language: fc.constant(language),
    encoding: fc.constantFrom(...language.encodings, ...language.encodings, "utf-8", "utf-16le", "utf-16be"),
    delimiter: fc.constantFrom(",", ",", ";", "\t", "|"),
    quoting: fc.constantFrom(
      "minimal" as const,
      "minimal" as const,
      "all" as const,
      "single" as const,
      "backslash" as const,
      "none" as const,
    ),
    lineEnd: fc.constantFrom("\n", "\r\n", "\n", "\r\n", "\r"),
    header: fc.boolean(),
    nameIndex: fc.nat(),
    order: fc
      .subarray(Object.keys(EXTRAS), { maxLength: 2 })
      .chain((extras) => fc.shuffledSubarray(["text", "label", ...extras], { minLength: 2 + extras.length })),
    rowCount: fc.oneof(
      fc.integer({ min: 5, max: 10 }),
      fc.integer({ min: 11, max: 60 }),
      fc.integer({ min: 100, max: 600 }),
    ),
    classes: fc.oneof(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 4, max: 10 })),
    labelKind: fc.constantFrom("binary" as const, "stars" as const, "words" as const, "english" as const),
    extension: fc.constantFrom("csv", "csv", "tsv", "txt"),
    mark: fc.boolean(),
    finalLineEnd: fc.boolean(),
    seed: fc.integer(),
  }),
);

/** Tables in many languages, encodings and dialects, with and without headers, from 5 to 600 rows. */
export const generatedTable: fc.Arbitrary<GeneratedTable> = shape.map(build);

function build(given: Shape): GeneratedTable {
  const { language, delimiter, header, order, lineEnd } = given;
  const random = randomOf(given.seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  // Without quotes, cells cannot contain delimiters or line ends, so the text is cleaned as programs do.
  const quoting = delimiter === "\t" && given.quoting === "minimal" ? "none" : given.quoting;
  const multiline = quoting !== "none" && random() < 0.3;
  const labels = labelsOf(given);
  const rowOf = (row: number) =>
    order.map((column) => {
      if (column === "label") return row < labels.length ? labels[row]! : pick(labels);
      if (column !== "text") return EXTRAS[column]!(row, random);
      const count = 1 + Math.floor(random() * 4);
      const parts = Array.from({ length: count }, () => pick(language.sentences));
      const joined = parts.join(multiline && random() < 0.5 ? "\n" : language.space || (random() < 0.5 ? "，" : "。"));
      return quoting === "none"
        ? joined.replaceAll(delimiter, " ").replaceAll('"', delimiter === "\t" ? '"' : "")
        : joined;
    });
  const rows = Array.from({ length: given.rowCount }, (_, row) => rowOf(row));
  const [textName, labelName] = language.names[given.nameIndex % language.names.length]!;
  const names = order.map((column) => (column === "text" ? textName : column === "label" ? labelName : column));
  const lines = [...(header ? [names] : []), ...rows].map((cells) =>
    cells.map((cell) => quoteCell(cell, quoting, delimiter)).join(delimiter),
  );
  const body = lines.join(lineEnd) + (given.finalLineEnd ? lineEnd : "");
  const wanted = /[\r]/.test(lineEnd) && lineEnd.length === 1 ? body.replaceAll("\n", "\r") : body;
  const kept = lineEnd === "\r" ? rows.map((cells) => cells.map((cell) => cell.replaceAll("\n", "\r"))) : rows;
  const needsMark = given.encoding.startsWith("utf-16") || (given.encoding === "utf-8" && given.mark);
  const legacy = encode(wanted, given.encoding);
  const encoding = legacy === undefined ? "utf-8" : given.encoding;
  return {
    fileName: `table.${delimiter === "\t" && given.extension === "csv" ? "tsv" : given.extension === "tsv" && delimiter !== "\t" ? "csv" : given.extension}`,
    bytes: encode((needsMark ? "\ufeff" : "") + wanted, encoding)!,
    language: language.name,
    encoding,
    delimiter,
    header,
    rows: kept,
    names,
    textColumn: order.indexOf("text"),
    labelColumn: order.indexOf("label"),
  };
}

function labelsOf({ labelKind, language, classes }: Shape): readonly string[] {
  if (labelKind === "binary") return ["0", "1"];
  if (labelKind === "stars") return Array.from({ length: Math.min(classes, 5) }, (_, i) => String(i + 1));
  return (labelKind === "words" ? language.labels : ENGLISH_LABELS).slice(0, classes);
}

function quoteCell(cell: string, quoting: Shape["quoting"], delimiter: string): string {
  const needsQuotes = (quote: string) => cell.includes(delimiter) || cell.includes("\n") || cell.includes(quote);
  switch (quoting) {
    case "none":
      return cell;
    case "all":
      return `"${cell.replaceAll('"', '""')}"`;
    case "minimal":
      return needsQuotes('"') ? `"${cell.replaceAll('"', '""')}"` : cell;
    case "single":
      return `'${cell.replaceAll("'", "''")}'`;
    case "backslash":
      return needsQuotes('"') ? `"${cell.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : cell;
  }
}

/** Returns a generator of numbers from 0 to 1. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
