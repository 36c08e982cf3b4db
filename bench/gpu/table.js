/** Returns a Markdown table. The first row is the header. */
export function table(rows) {
  const [head, ...body] = rows.map(
    (cells) => `| ${cells.map((cell) => `${cell}`.replaceAll("|", "\\|")).join(" | ")} |`,
  );
  return [head, `|${rows[0].map(() => "---|").join("")}`, ...body].join("\n");
}

export const milliseconds = (value) =>
  value === undefined ? "–" : `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
export const megabytes = (value) => (value === undefined ? "–" : `${value.toFixed(0)} MB`);
export const small = (value) => value.toExponential(0);
