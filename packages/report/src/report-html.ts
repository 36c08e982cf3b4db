import { reliabilityDiagram } from "./charts/reliability-diagram.ts";
import { scatterPlot } from "./charts/scatter-plot.ts";
import { html, type Markup } from "./html/markup.ts";
import { number } from "./html/numbers.ts";
import { page, type Section } from "./html/page.ts";
import type { ReportData, ReportedEvaluation } from "./report-data.ts";
import { curvesSection } from "./sections/curves.ts";
import { dataSection } from "./sections/data.ts";
import { confusionTable, labelsTable } from "./sections/labels.ts";
import { mistakesSection, suspectsSection } from "./sections/mistakes.ts";
import { metricsTable, resultSection } from "./sections/result.ts";
import { environmentSection, optionsSection, usageSection } from "./sections/settings.ts";

/**
 * Creates the report of a run as one HTML file, which loads nothing else and contains no script. It has a light, a dark
 * and a printed form. All texts from the data are escaped.
 *
 * @returns the complete page
 *
 * @example
 * ```ts
 * import { type ReportData, reportHtml } from "@bertie/report";
 *
 * const data: ReportData = {
 *   title: "runs/mine",
 *   problemType: "single_label_classification",
 *   labels: ["bad", "good"],
 *   run: { trained: true, pairs: false },
 *   curves: { steps: [{ step: 1, loss: 0.7 }], scores: [] },
 *   evaluations: [{ name: "dev", examples: 8, scores: [{ name: "accuracy", value: 0.75 }], perLabel: [] }],
 *   ...{ baselines: [], mistakes: [], suspects: [], options: [] },
 *   data: { sets: [], problems: [] },
 *   environment: { versions: {}, files: [] },
 * };
 * console.log(reportHtml(data).includes("75.0%")); // true
 * ```
 */
export function reportHtml(data: ReportData): string {
  const { created, evaluations, mistakes, suspects, run } = data;
  const sections: (Section | false)[] = [
    { id: "result", title: "Result", contents: resultSection(data) },
    data.curves.steps.length > 0 && { id: "curves", title: "Training", contents: curvesSection(data.curves) },
    evaluations.length > 0 && {
      id: "metrics",
      title: "Metrics",
      contents: html`${metricsTable(data)}${evaluations.map(evaluationDetails)}`,
    },
    mistakes.length > 0 && { id: "mistakes", title: "Worst mistakes", contents: mistakesSection(data) },
    suspects.length > 0 && { id: "suspects", title: "Suspicious labels", contents: suspectsSection(suspects) },
    data.data.sets.length + data.data.problems.length > 0 && {
      id: "data",
      title: "Data",
      contents: dataSection(data.data),
    },
    data.options.length > 0 && { id: "options", title: "Options", contents: optionsSection(data.options) },
    { id: "environment", title: "Environment", contents: environmentSection(data.environment) },
    run.trained && { id: "usage", title: "Use the model", contents: usageSection(data) },
  ];
  const subtitle = `Report of ${run.trained ? "a training run" : "an evaluation"}${created ? `, ${formatTime(created)}` : ""}`;
  return page(
    data.title,
    subtitle,
    sections.filter((section) => section !== false),
  );
}

function evaluationDetails(evaluation: ReportedEvaluation, index: number): Markup {
  const { name, perLabel, calibration, values } = evaluation;
  return html`${index > 0 && html`<h3>Set “${name}”</h3>\n`}${perLabel.length > 0 && labelsTable(evaluation)}${confusionTable(evaluation)}${
    calibration && reliabilityDiagram(`reliability-${index}`, calibration)
  }${
    values &&
    values.length > 0 &&
    scatterPlot(
      `values-${index}`,
      values,
      `True and predicted values of ${number(values.length)} rows of “${name}”. Perfect predictions are on the dashed diagonal.`,
    )
  }`;
}

/** Formats a time in ISO 8601 in UTC, to the minute. */
function formatTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
