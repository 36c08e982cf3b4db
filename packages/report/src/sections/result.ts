import { html, type Markup } from "../html/markup.ts";
import { duration, metricDifference, metricTitle, metricValue, number } from "../html/numbers.ts";
import { facts, table } from "../html/table.ts";
import type { ReportData, ReportedScore } from "../report-data.ts";

/** Metrics in the order of their importance, by kind of problem. */
const HEADLINES: Readonly<Record<ReportData["problemType"], readonly string[]>> = {
  single_label_classification: ["accuracy", "f1_macro", "macro_f1", "f1", "mcc", "matthews_correlation", "roc_auc"],
  multi_label_classification: ["f1_micro", "f1_macro", "subset_accuracy", "accuracy"],
  regression: ["pearson", "spearman", "rmse", "mae", "mse"],
};

/** Creates the headline: the most important metrics, with intervals and baselines beside them, and facts of the run. */
export function resultSection({ problemType, evaluations, baselines, run, labels }: ReportData): Markup {
  const [evaluation] = evaluations;
  const ran = facts([
    ["Updates", run.steps !== undefined && run.steps > 0 && number(run.steps)],
    ["Epochs", run.epochs !== undefined && number(Number(run.epochs.toFixed(2)))],
    ["Duration", run.seconds !== undefined && duration(run.seconds)],
    ["Labels", problemType === "regression" ? false : number(labels.length)],
    ["Pre-trained model", run.baseModel],
    ["Task", run.task],
  ]);
  if (evaluation === undefined) {
    return html`<p>The run evaluated no rows, so there are no metrics. Evaluate the model on rows that it was not trained on.</p>
${ran}`;
  }
  const headlines = headlinesOf(problemType, evaluation.scores).slice(0, 2);
  return html`<ul class="cards">
${headlines.map((score) => html`<li>${card(score, evaluation.name)}</li>\n`)}${baselines.map(
  ({ name, scores }) => html`<li>${baselineCard(name, scores, headlines)}</li>\n`,
)}</ul>
<p class="soft">Measured on ${number(evaluation.examples)} rows of the set “${evaluation.name}”${
    headlines.some(({ interval }) => interval) &&
    ". The 95% interval shows how much the result can vary with other rows of the same kind"
  }.</p>
${ran}`;
}

/** Returns the scores of an evaluation, the most important first. */
export function headlinesOf(problemType: ReportData["problemType"], scores: readonly ReportedScore[]): ReportedScore[] {
  const order = HEADLINES[problemType];
  const rank = ({ name }: ReportedScore) => (order.includes(name) ? order.indexOf(name) : order.length);
  return scores.toSorted((a, b) => rank(a) - rank(b));
}

function card({ name, value, interval }: ReportedScore, set: string): Markup {
  return html`<span>${metricTitle(name)}</span><strong>${metricValue(name, value)}</strong><span>${
    interval ? `95% interval: ${metricValue(name, interval[0])} to ${metricValue(name, interval[1])}` : `on ${set}`
  }</span>`;
}

function baselineCard(name: string, scores: readonly ReportedScore[], headlines: readonly ReportedScore[]): Markup {
  const [headline] = headlines;
  const same = scores.find((score) => score.name === headline?.name) ?? scores[0];
  if (same === undefined) return html`<span>${name}</span>`;
  const difference = headline?.name === same.name ? headline.value - same.value : undefined;
  return html`<span>Baseline: ${name}</span><strong>${metricValue(same.name, same.value)}</strong><span>${metricTitle(same.name)}${
    difference !== undefined && `; the model: ${metricDifference(same.name, difference)}`
  }</span>`;
}

/** Creates the table of all metrics of all sets. */
export function metricsTable({ problemType, evaluations }: ReportData): Markup {
  return html`${evaluations.map((evaluation) =>
    table(
      `Metrics on “${evaluation.name}” (${number(evaluation.examples)} rows)`,
      [{ title: "Metric" }, { title: "Value", numeric: true }, { title: "95% interval", numeric: true }],
      headlinesOf(problemType, evaluation.scores).map(({ name, value, interval }) => [
        metricTitle(name),
        metricValue(name, value),
        interval ? `${metricValue(name, interval[0])} to ${metricValue(name, interval[1])}` : "–",
      ]),
    ),
  )}`;
}
