import { html, type Markup } from "../html/markup.ts";
import { number } from "../html/numbers.ts";
import { facts, table } from "../html/table.ts";
import type { Environment, ReportData, ReportedOption } from "../report-data.ts";
import { usageCode } from "../usage-code.ts";

/** Creates the tables of options: the ones that differ from their defaults, and the others folded. */
export function optionsSection(options: readonly ReportedOption[]): Markup {
  const rows = (changed: boolean) =>
    options.filter((option) => option.changed === changed).map(({ name, value }) => [name, value]);
  const columns = [{ title: "Option" }, { title: "Value" }];
  const [set, defaults] = [rows(true), rows(false)];
  return html`${set.length > 0 ? table("Options that differ from their defaults", columns, set) : html`<p>All options have their defaults.</p>\n`}${
    defaults.length > 0 &&
    html`<details><summary>Options with their defaults (${defaults.length})</summary>
${table("Options with their defaults", columns, defaults)}</details>\n`
  }`;
}

/** Creates the description of the environment: versions, device, and hashes of the files that the run read. */
export function environmentSection({ engine, device, precision, platform, versions, files }: Environment): Markup {
  return html`${facts([
    ["Engine", engine],
    ["Device", device],
    ["Precision", precision],
    ["Platform", platform],
    ...Object.entries(versions).map(([name, version]) => [`Version of ${name}`, version] as const),
  ])}${
    files.length > 0 &&
    table(
      "Files that the run read",
      [{ title: "File" }, { title: "Bytes", numeric: true }, { title: "SHA-256" }],
      files.map(({ path, bytes, sha256 }) => [path, number(bytes), html`<code>${sha256}</code>`]),
    )
  }`;
}

/** Creates the instructions for using the model. */
export function usageSection({ title, run }: ReportData): Markup {
  const input = run.pairs ? "pairs.tsv" : "texts.txt";
  return html`<p>Classify the lines of a file${run.pairs && " with two texts per line, separated by a tab"}. Replace <code>${title}</code> with the path of the model’s directory:</p>
<pre tabindex="0"><code>bertie predict ${input} --model ${shellWord(title)}</code></pre>
<p>In a program for Node, Deno or a browser:</p>
<pre tabindex="0"><code>${usageCode(title, run.pairs)}</code></pre>
`;
}

/** Quotes an argument for a POSIX shell if necessary. */
function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
