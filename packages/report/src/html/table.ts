import { html, type Markup, type MarkupValue } from "./markup.ts";

/** Column of a table. */
export interface Column {
  readonly title: MarkupValue;
  /** Whether the cells are numbers, which are aligned to the right. @default false */
  readonly numeric?: boolean;
}

/**
 * Creates a table with a caption. The first cell of each row is the heading of the row. Wide tables scroll, and can be
 * scrolled with the keyboard.
 */
export function table(
  caption: MarkupValue,
  columns: readonly Column[],
  rows: readonly (readonly MarkupValue[])[],
): Markup {
  const kind = (i: number) => (columns[i]?.numeric ? html` class="number"` : "");
  const cell = (value: MarkupValue, i: number) =>
    i === 0 ? html`<th scope="row" dir="auto">${value}</th>` : html`<td${kind(i)}>${value}</td>`;
  return scrollable(
    caption,
    html`<table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title }, i) => html`<th scope="col"${kind(i)}>${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody>
</table>`,
  );
}

/** Wraps wide contents in a region that scrolls, and that the keyboard can reach. */
export function scrollable(name: MarkupValue, contents: Markup): Markup {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${name}">${contents}</div>\n`;
}

/** Creates a list of terms and values. Values that are undefined are omitted. */
export function facts(entries: readonly (readonly [term: string, value: MarkupValue])[]): Markup {
  const shown = entries.filter(([, value]) => value !== undefined && value !== "");
  return html`<dl class="facts">
${shown.map(([term, value]) => html`<div><dt>${term}</dt><dd dir="auto">${value}</dd></div>\n`)}</dl>
`;
}
