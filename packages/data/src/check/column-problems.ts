import { isColumnName, isIdentifier } from "./column-names.ts";
import { characterCount } from "./lengths.ts";
import {
  counted,
  errorIf,
  type FindProblems,
  labeledSets,
  nameOf,
  type Problem,
  percent,
  thresholds,
  warningIf,
} from "./problem.ts";
import { countedLabels, quoteLabel } from "./quote-label.ts";
import type { DataSummary, FileSummary, SetSummary } from "./summary.ts";

const COLUMN_FLAGS = "Select the columns with --label-column and --text-column";

/** Finds wrong columns: a header that was read as a row, additional columns, ids or texts as labels, and swapped columns. */
export const columnProblems: FindProblems = (summary, context) => [
  ...labeledSets(summary).flatMap((set) => (context.header === undefined ? headerProblems(summary, set) : [])),
  ...summary.files.flatMap((file) => extraColumnProblems(file)),
  ...(context.knownLabels === undefined ? labeledSets(summary).slice(0, 1) : []).flatMap((set) =>
    labelColumnProblems(summary, set),
  ),
];

function headerProblems(summary: DataSummary, set: SetSummary): Problem[] {
  const files = summary.files.filter((file) => file.set === set.set && file.first?.label !== undefined);
  const file = files.find(({ first }) => isHeader(first!, files, set));
  const advice = "If the first row has the names of the columns, set --header; if it is an example, set --no-header.";
  if (file !== undefined) {
    const { text, label } = file.first!;
    const found = `the first row (label ${quoteLabel(label!)}, text ${quoteLabel(text)}) looks like a header`;
    return errorIf(
      true,
      "input/header-as-row",
      () => `${file.fileName}: ${found}, but it is read as an example. ${advice}`,
    );
  }
  const names = set.labels.filter(({ label }) => isColumnName(label));
  return errorIf(
    set.headerRows > 0 && names.reduce((rows, label) => rows + label.rows, 0) <= set.headerRows,
    "input/header-as-row",
    () =>
      `${nameOf(summary, set.set)}: ${counted(set.headerRows, "row")} in the middle of the file ${set.headerRows === 1 ? "looks" : "look"} like a header, with names of columns as label and text. ` +
      "Delete repeated headers, which remain when files with headers are joined, or set --no-header if the rows are examples.",
  );
}

/** Returns whether the first row of a file is a header: its label occurs in no other row, and label or text looks like a name. */
function isHeader(
  { text, label }: { readonly text: string; readonly label?: string },
  files: readonly FileSummary[],
  set: SetSummary,
): boolean {
  const rows = set.labels.find((other) => other.label === label)?.rows;
  const firsts = files.filter(({ first }) => first!.label === label).length;
  if (label === undefined || rows !== firsts || set.rows === firsts) return false;
  const others = set.labels.filter((other) => other.label !== label);
  const othersAreNames = others.some((other) => isColumnName(other.label));
  if (isColumnName(label) && !othersAreNames) return true;
  if (isColumnName(text) && isIdentifier(label)) return true;
  const othersRepeat = set.rows >= thresholds.rows && others.every((other) => other.rows > 1);
  const isShort = thresholds.headerLength * characterCount(text) <= set.meanTextLength;
  return othersRepeat && isShort && isIdentifier(text) && isIdentifier(label);
}

function extraColumnProblems({ fileName, rows, extraColumnRows }: FileSummary): Problem[] {
  const share = extraColumnRows / Math.max(rows, 1);
  const rowsWithMore = `${counted(extraColumnRows, "row")} of ${rows} ${extraColumnRows === 1 ? "has" : "have"} more columns than expected`;
  return share > thresholds.extraColumns
    ? errorIf(
        true,
        "input/extra-columns",
        () => `${fileName}: ${rowsWithMore}. ${COLUMN_FLAGS}, or delete the other columns.`,
      )
    : warningIf(
        extraColumnRows > 0,
        "check/extra-columns",
        () =>
          `${fileName}: ${rowsWithMore}, and the rest of these rows is ignored. Remove tabs from the texts, or use CSV or JSONL.`,
      );
}

function labelColumnProblems(summary: DataSummary, set: SetSummary): Problem[] {
  const { rows, labels, distinctLabels, duplicates, meanLabelLength, meanTextLength } = set;
  const name = nameOf(summary, set.set);
  const labelShare = distinctLabels / rows;
  const textShare = (rows - duplicates) / rows;
  const areUnique = labelShare > thresholds.uniqueLabels;
  const areTexts = rows > 1 && distinctLabels === rows && meanLabelLength > thresholds.textLabelLength;
  const labelsInRows = `${counted(distinctLabels, "different label")} in ${counted(rows, "row")}, such as ${countedLabels(labels, 3)}`;
  const textsRepeat = textShare <= thresholds.repeatedTexts && meanLabelLength > meanTextLength;
  if (areUnique && textsRepeat)
    return errorIf(
      true,
      "input/swapped-columns",
      () => `${name}: text and label look swapped: ${labelsInRows}, but texts repeat like labels. ${COLUMN_FLAGS}.`,
    );
  const areNumbers = labels.every(({ label }) => label.trim() !== "" && Number.isFinite(Number(label)));
  const regression = areNumbers ? ", or set --problem-type regression if the labels are values to predict" : "";
  return errorIf(
    (areUnique && rows >= thresholds.rows) || areTexts,
    "input/unique-labels",
    () =>
      `${name}: nearly every label is different: ${labelsInRows} (${percent(labelShare)}). The label column probably contains ${areNumbers ? "row numbers" : "texts or ids"}. ${COLUMN_FLAGS}${regression}.`,
  );
}
