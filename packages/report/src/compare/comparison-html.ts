import { html, type Markup } from "../html/markup.ts";
import { metricTitle, metricValue } from "../html/numbers.ts";
import { page, type Section } from "../html/page.ts";
import { table } from "../html/table.ts";
import type { ComparedMetric, Comparison, Difference } from "./comparison.ts";
import { describeDifference } from "./describe.ts";

/**
 * Creates a page that compares runs, in the style of the report.
 *
 * @returns the complete page, which loads nothing else
 *
 * @example
 * ```ts
 * import { comparisonHtml } from "@bertie/report";
 *
 * const metrics = [{ name: "accuracy", values: [0.5, 0.75], differences: [undefined, undefined] }];
 * console.log(comparisonHtml({ names: ["a", "b"], settings: [], metrics, notes: [] }).includes("75.0%")); // true
 * ```
 */
export function comparisonHtml({ names, settings, metrics, notes }: Comparison): string {
  const runs = names.map((name) => ({ title: name }));
  const sections: Section[] = [
    {
      id: "metrics",
      title: "Metrics",
      contents: html`<p>Differences are relative to ${html`<strong dir="auto">${names[0]}</strong>`}, with their 95% intervals. A difference whose interval contains 0 is not significant.</p>
${table(
  "Metrics of each run",
  [{ title: "Metric" }, ...runs],
  metrics.map((metric) => [metricTitle(metric.name), ...cells(metric)]),
)}
<ul>
${notes.map((note) => html`<li dir="auto">${note}</li>\n`)}</ul>
`,
    },
    {
      id: "settings",
      title: "Settings that differ",
      contents:
        settings.length > 0
          ? table(
              "Options and environment that differ",
              [{ title: "Setting" }, ...runs],
              settings.map(({ name, values }) => [name, ...values]),
            )
          : html`<p>The runs have the same options and the same environment.</p>\n`,
    },
  ];
  return page(`Comparison of ${names.length} runs`, names.join(", "), sections);
}

function cells({ name, values, differences }: ComparedMetric): Markup[] {
  return values.map((value, i) => {
    if (value === undefined) return html`–`;
    const difference = differences[i];
    return html`${metricValue(name, value)}${difference && html`<br><span class="${mark(difference)}">${describeDifference(name, difference)}</span>`}`;
  });
}

function mark({ verdict }: Difference): string {
  return verdict === "better" || verdict === "worse" ? "better" : "soft";
}
