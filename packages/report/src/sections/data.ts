import { html, type Markup } from "../html/markup.ts";
import { number, percent } from "../html/numbers.ts";
import { table } from "../html/table.ts";
import type { DataFacts, SetFacts } from "../report-data.ts";

const MAX_LABELS = 50;

/** Creates the summary of the data: problems, size and lengths of each set, and the counts of the labels. */
export function dataSection({ sets, problems }: DataFacts): Markup {
  const optional = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? "–" : format(value);
  const sizes = sets.map(({ name, rows, lengths, truncated, unknown, duplicates, empty }) => [
    name,
    number(rows),
    lengths ? `${number(lengths.median)} / ${number(lengths.p95)} / ${number(lengths.max)}` : "–",
    optional(truncated, percent),
    optional(unknown, percent),
    optional(duplicates, number),
    optional(empty, number),
  ]);
  const columns = ["Rows", "Tokens: median / 95% / longest", "Truncated", "Unknown tokens", "Duplicates", "Empty"];
  return html`${
    problems.length > 0 &&
    html`<h3>Problems found</h3>\n<ul>\n${problems.map((text) => html`<li dir="auto">${text}</li>\n`)}</ul>\n`
  }${table("Rows of each set", [{ title: "Set" }, ...columns.map((title) => ({ title, numeric: true }))], sizes)}${sets.map(labelCounts)}`;
}

function labelCounts({ name, rows, labels }: SetFacts): Markup | undefined {
  if (labels.length === 0) return undefined;
  const shown = labels.toSorted((a, b) => b.count - a.count).slice(0, MAX_LABELS);
  return table(
    `Labels of “${name}”${shown.length < labels.length ? `: the ${MAX_LABELS} most frequent of ${number(labels.length)}` : ""}`,
    [{ title: "Label" }, { title: "Rows", numeric: true }, { title: "Share", numeric: true }],
    shown.map(({ label, count }) => [label, number(count), percent(count / rows)]),
  );
}
