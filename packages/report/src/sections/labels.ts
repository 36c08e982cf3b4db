import { html, type Markup } from "../html/markup.ts";
import { number, percent } from "../html/numbers.ts";
import { scrollable, table } from "../html/table.ts";
import type { LabelScores, ReportedEvaluation } from "../report-data.ts";

const MAX_LABELS = 100;
const MAX_MATRIX = 20;
const MAX_PAIRS = 20;

/** Creates the table of metrics per label. Of more than 100 labels, the ones with the lowest F1 are shown. */
export function labelsTable({ name, perLabel }: ReportedEvaluation): Markup {
  const shown =
    perLabel.length <= MAX_LABELS ? perLabel : perLabel.toSorted((a, b) => a.f1 - b.f1).slice(0, MAX_LABELS);
  const has = (field: "threshold" | "auc") => shown.some((scores) => scores[field] !== undefined);
  const columns = [
    "Precision",
    "Recall",
    "F1",
    "Rows",
    ...(has("auc") ? ["AUC"] : []),
    ...(has("threshold") ? ["Threshold"] : []),
  ];
  const cells = ({ label, precision, recall, f1, support, auc, threshold }: LabelScores) => [
    label,
    ...[precision, recall, f1].map(percent),
    number(support),
    ...(has("auc") ? [auc === undefined ? "–" : percent(auc)] : []),
    ...(has("threshold") ? [threshold === undefined ? "–" : number(threshold)] : []),
  ];
  const caption = `Metrics per label on “${name}”${shown.length < perLabel.length ? `: the ${MAX_LABELS} labels with the lowest F1, out of ${number(perLabel.length)}; eval_results.json contains all of them` : ""}`;
  return html`${table(caption, [{ title: "Label" }, ...columns.map((title) => ({ title, numeric: true }))], shown.map(cells))}`;
}

/** Creates the confusion matrix as a table with shaded cells or, for more than 20 labels, the most confused pairs. */
export function confusionTable({ name, perLabel, confusion }: ReportedEvaluation): Markup | undefined {
  if (confusion === undefined) return undefined;
  const labels = perLabel.map(({ label }) => label);
  return labels.length > MAX_MATRIX ? confusedPairs(name, labels, confusion) : matrix(name, labels, confusion);
}

type Matrix = NonNullable<ReportedEvaluation["confusion"]>;

function matrix(name: string, labels: readonly string[], confusion: Matrix): Markup {
  const caption = `Confusion matrix on “${name}”: rows are true labels, columns are predicted labels`;
  const cells = (row: readonly number[], id: number) => {
    const total = row.reduce((a, b) => a + b, 0);
    return row.map(
      (count, column) =>
        html`<td${column === id && html` class="right"`} style="--share: ${(total === 0 ? 0 : count / total).toFixed(3)}">${number(count)}</td>`,
    );
  };
  return scrollable(
    caption,
    html`<table class="heat">
<caption>${caption}</caption>
<thead><tr><th scope="col">True label</th>${labels.map((label) => html`<th scope="col" dir="auto">${label}</th>`)}</tr></thead>
<tbody>
${confusion.map((row, id) => html`<tr><th scope="row" dir="auto">${labels[id]}</th>${cells(row, id)}</tr>\n`)}</tbody>
</table>`,
  );
}

function confusedPairs(name: string, labels: readonly string[], confusion: Matrix): Markup {
  const pairs = confusion
    .flatMap((row, truth) =>
      row.flatMap((count, predicted) => (count > 0 && truth !== predicted ? [{ truth, predicted, count }] : [])),
    )
    .sort((a, b) => b.count - a.count);
  if (pairs.length === 0) return html`<p>No label was confused with another.</p>\n`;
  const rows = pairs
    .slice(0, MAX_PAIRS)
    .map(({ truth, predicted, count }) => [
      labels[truth],
      labels[predicted],
      number(count),
      percent(count / confusion[truth]!.reduce((a, b) => a + b, 0)),
    ]);
  return table(
    `The most confused labels on “${name}”`,
    [
      { title: "True label" },
      { title: "Predicted label" },
      { title: "Rows", numeric: true },
      { title: "Share of the true label", numeric: true },
    ],
    rows,
  );
}
