/**
 * Returns the first expected line that is not in the output after the lines before it; undefined if all lines are found.
 *
 * `…` in a line stands for any text. Lines that are empty or only `…` match anything.
 */
export function findMissingLine(expected, output) {
  const lines = plain(output)
    .split(/\r?\n|\r/)
    .map((line) => line.trimEnd());
  let at = 0;
  for (const line of expected.split("\n").map((each) => each.trimEnd())) {
    if (line === "" || line.trim() === "…") continue;
    const pattern = new RegExp(`^${line.split("…").map(escapeRegExp).join(".*")}$`);
    while (at < lines.length && !pattern.test(lines[at])) at++;
    if (at === lines.length) return line;
    at++;
  }
  return undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' color codes start with one
const plain = (text) => text.replace(/\u001b\[[\d;]*m/g, "");
const escapeRegExp = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
