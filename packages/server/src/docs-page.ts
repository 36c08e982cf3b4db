import type { OpenApi, Operation } from "./openapi.ts";

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px; }
section { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); margin-top: 1.5rem; }
h2 { font-size: 1.1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top; font-weight: normal; }`;

/** Returns the page `GET /docs`, which contains everything: it has no scripts, and loads nothing. */
export function createDocsPage({ paths }: OpenApi): string {
  const sections = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => section(method.toUpperCase(), path, operation)),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Bertie: requests</title>
<style>${STYLE}</style>
<h1>Requests to this server</h1>
<p>The requests and responses are those of text-embeddings-inference, so that its clients work.
If several models are served, put <code>/models/NAME</code> before a path, or add the field <code>model</code>.
<a href="openapi.json">openapi.json</a> is the description for programs.</p>
${sections.join("\n")}
</html>
`;
}

function section(method: string, path: string, { summary, description, requestBody, responses }: Operation): string {
  const body = requestBody?.content["application/json"];
  const properties = (body?.schema.properties ?? {}) as Readonly<Record<string, { readonly description?: string }>>;
  const required = (body?.schema.required ?? []) as readonly string[];
  const fields = Object.entries(properties).map(
    ([name, { description = "" }]) =>
      `<tr><th><code>${escapeHtml(name)}</code></th><td>${required.includes(name) ? "required" : ""}</td><td>${escapeHtml(description)}</td></tr>`,
  );
  const command =
    body === undefined
      ? `curl "$URL${path}"`
      : `curl "$URL${path}" -H 'Content-Type: application/json' -d '${JSON.stringify(body.example)}'`;
  const statuses = Object.keys(responses).filter((status) => status !== "200");
  return `<section>
<h2><code>${method} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</h2>
${description === undefined ? "" : `<p>${escapeHtml(description)}</p>`}
${fields.length === 0 ? "" : `<table>${fields.join("")}</table>`}
<pre>${escapeHtml(command)}</pre>
${statuses.length === 0 ? "" : `<p>Errors: ${statuses.join(", ")}</p>`}
</section>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
