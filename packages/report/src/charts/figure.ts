import { evenlySpaced } from "@bertie/common";
import { html, type Markup, type MarkupValue } from "../html/markup.ts";
import { table } from "../html/table.ts";
import { PLOT } from "./axis.ts";

/** Chart with its alternative for readers who do not see it. */
export interface Chart {
  /** Identifier, unique in the page. */
  readonly id: string;
  readonly title: string;
  /** Description in a sentence, with the most important numbers. */
  readonly description: string;
  readonly drawing: Markup;
  /** Names of the columns of the table of values. */
  readonly columns: readonly string[];
  /** Values, of which at most 20 are shown. */
  readonly rows: readonly (readonly MarkupValue[])[];
}

/** Creates the figure of a chart: the drawing, its description, and a folded table of values. */
export function figure({ id, title, description, drawing, columns, rows }: Chart): Markup {
  const numeric = columns.map((column) => ({ title: column, numeric: true }));
  return html`<figure>
<svg viewBox="0 0 ${PLOT.width} ${PLOT.height}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${title}</title>
<desc id="${id}-description">${description}</desc>
${drawing}</svg>
<figcaption>${description}</figcaption>
<details><summary>Values: ${title}</summary>
${table(`${title}: values`, numeric, evenlySpaced(rows, 20))}</details>
</figure>
`;
}
