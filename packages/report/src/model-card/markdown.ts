/** Formats rows as a Markdown table. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return `${line(columns)}${line(columns.map(() => "---"))}${rows.map(line).join("")}`;
}

/** Formats a text as code, in which Markdown and HTML have no meaning. Line feeds become spaces. */
export function codeSpan(text: string): string {
  const line = oneLine(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = /^`|`$|^ .* $/.test(line) || line === "" ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Escapes the characters of a text that Markdown or HTML gives a meaning. Line feeds become spaces. */
export function plainText(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]#|~]/g, "\\$&")
    .replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character]!);
}

/** Returns the last part of a path, which names a run or a file. */
export function nameOf(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, " ");
}
