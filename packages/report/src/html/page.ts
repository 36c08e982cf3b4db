import { html, Markup } from "./markup.ts";
import { STYLE } from "./style.ts";

/** Part of a page with a heading. */
export interface Section {
  /** Identifier for links within the page. */
  readonly id: string;
  readonly title: string;
  readonly contents: Markup;
}

/** Creates a complete page from its parts. The page needs no other file, and a policy forbids all requests and scripts. */
export function page(title: string, subtitle: string, sections: readonly Section[]): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="Bertie">
<title>${title}</title>
<style>${new Markup([STYLE], [])}</style>
</head>
<body>
<header>
<h1 dir="auto">${title}</h1>
<p class="soft">${subtitle}</p>
<nav aria-label="Contents"><ul>
${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>\n`)}</ul></nav>
</header>
<main>
${sections.map(
  ({ id, title, contents }) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${contents}</section>
`,
)}</main>
</body>
</html>
`;
  return document.toString();
}
