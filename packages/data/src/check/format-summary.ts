import { alignColumns, truncateToWidth } from "@bertie/common";
import { counted, type Problem, percent } from "./problem.ts";
import { quoteLabel } from "./quote-label.ts";
import type { DataSummary, FileSummary, LabelCount, SetSummary } from "./summary.ts";

/** Maximum number of labels in the table of labels. */
const MAX_LABELS = 20;
/** Maximum width of the first text in cells. */
const MAX_TEXT_WIDTH = 60;

/**
 * Returns a summary of the data of a run as lines for a terminal: rows per file, the first rows, labels, lengths, duplicates,
 * overlaps, and the problems, if there are any. Chinese characters count as two cells.
 *
 * @example
 * ```ts
 * import { createDataCheck, formatDataSummary } from "@bertie/data";
 *
 * const check = createDataCheck();
 * for (const [i, label] of ["good", "bad", "good"].entries())
 *   check.add("train", { guid: `train-${i}`, textA: `text ${i}`, label });
 * console.log(formatDataSummary(check.finish()).join("\n"));
 * ```
 */
export function formatDataSummary(summary: DataSummary, problems: readonly Problem[] = []): string[] {
  return [
    ...alignColumns(
      summary.files.map((file) => [file.set, file.fileName, counted(file.rows, "row"), notesOn(file)]),
      ["left", "left", "right", "left"],
    ),
    ...summary.files.filter(({ first }) => first !== undefined).map(firstRow),
    ...labelTable(summary),
    ...valueTable(summary),
    ...lengthTable(summary),
    ...summary.sets.flatMap(duplicates),
    ...summary.overlaps.map(
      ({ set, rows, exact, folded }) =>
        `${set} rows that are also in train: ${folded} of ${rows} (${percent(folded / rows)}), ${exact} exactly the same`,
    ),
    ...problems.map(({ level, message }) => `${level}: ${message}`),
  ];
}

function notesOn({ blankRows, badRows, trimmedLabels, extraColumnRows }: FileSummary): string {
  return [
    blankRows > 0 ? `${counted(blankRows, "blank row")} skipped` : "",
    badRows > 0 ? `${counted(badRows, "bad row")} skipped` : "",
    trimmedLabels > 0 ? `trimmed white space around ${counted(trimmedLabels, "label")}` : "",
    extraColumnRows > 0 ? `${counted(extraColumnRows, "row")} with additional columns` : "",
  ]
    .filter((note) => note !== "")
    .join(", ");
}

function firstRow({ fileName, first }: FileSummary): string {
  const { text, pair, label } = first!;
  const shown = (value: string) => truncateToWidth(JSON.stringify(value), MAX_TEXT_WIDTH);
  const parts = [
    ...(label === undefined ? [] : [`label ${quoteLabel(label)}`]),
    `text ${shown(text)}`,
    ...(pair === undefined ? [] : [`pair ${shown(pair)}`]),
  ];
  return `first row of ${fileName}: ${parts.join(", ")}`;
}

/** Returns a table with the counts and shares of each label, one column per set. */
function labelTable({ sets }: DataSummary): string[] {
  const labeled = sets.filter(({ labels }) => labels.length > 0);
  if (labeled.length === 0) return [];
  const byLabel = new Map<string, number>();
  for (const { labels } of labeled) for (const { label } of labels) byLabel.set(label, byLabel.size);
  const counts = labeled.map(({ labels }) => new Map(labels.map(({ label, rows }) => [label, rows])));
  const all = [...byLabel.keys()];
  const rows = all
    .slice(0, MAX_LABELS)
    .map((label) => [
      truncateToWidth(quoteLabel(label), MAX_TEXT_WIDTH),
      ...labeled.flatMap((set, i) => countAndShare(counts[i]!.get(label) ?? 0, set)),
    ]);
  const align = ["left", ...labeled.flatMap(() => ["right", "right"])] as ("left" | "right")[];
  const total = labeled.reduce((most, { labels, distinctLabels }) => Math.max(most, distinctLabels - labels.length), 0);
  const hidden = all.length - rows.length + total;
  return [
    ...alignColumns([["label", ...labeled.flatMap(({ set }) => [set, ""])], ...rows], align),
    ...(hidden > 0 ? [`and ${hidden} more`] : []),
  ];
}

function countAndShare(rows: LabelCount["rows"], set: SetSummary): string[] {
  return [rows.toLocaleString("en"), percent(rows / Math.max(set.rows, 1))];
}

function valueTable({ sets }: DataSummary): string[] {
  const rows = sets.flatMap(({ set, values }) =>
    values === undefined
      ? []
      : [
          [
            set,
            ...[values.min, values.mean, values.max, values.standardDeviation].map((value) => value.toPrecision(4)),
          ],
        ],
  );
  if (rows.length === 0) return [];
  const align = ["left", "right", "right", "right", "right"] as const;
  return alignColumns([["values", "min", "mean", "max", "deviation"], ...rows], align);
}

function lengthTable({ sets, lengthUnit, maxLength }: DataSummary): string[] {
  const hasUnknown = sets.some(({ unknownShare }) => unknownShare !== undefined);
  const header = [
    `length in ${lengthUnit}`,
    ...["median", "p90", "p95", "max"],
    ...(maxLength === undefined ? [] : [`over ${maxLength}`]),
    ...(hasUnknown ? ["[UNK]"] : []),
  ];
  const rows = sets.flatMap(({ set, rows, lengths, unknownShare = 0 }) =>
    lengths === undefined
      ? []
      : [
          [
            set,
            ...[lengths.median, lengths.p90, lengths.p95, lengths.max].map((length) => length.toLocaleString("en")),
            ...(maxLength === undefined ? [] : [percent((lengths.truncated ?? 0) / rows)]),
            ...(hasUnknown ? [percent(unknownShare)] : []),
          ],
        ],
  );
  return rows.length === 0
    ? []
    : alignColumns(
        [header, ...rows],
        header.map((_, i) => (i === 0 ? "left" : "right")),
      );
}

function duplicates({ set, rows, unlabeledRows, emptyTexts, duplicates, conflicts }: SetSummary): string[] {
  const facts = [
    `${counted(emptyTexts, "empty text")}`,
    `${counted(duplicates, "duplicate row")}`,
    ...(conflicts > 0 ? [`${counted(conflicts, "text")} with different labels`] : []),
    ...(unlabeledRows > 0 ? [`${unlabeledRows} of ${rows} rows without a label`] : []),
  ];
  return [`${set}: ${facts.join(", ")}`];
}
