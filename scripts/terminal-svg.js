// Draws lines of a terminal as an SVG: node scripts/terminal-svg.js "title" < output.txt > picture.svg
// Full-width characters take two columns, as in a terminal.
import { readFileSync } from "node:fs";

const [title = "bertie"] = process.argv.slice(2);
const lines = readFileSync(0, "utf8").trimEnd().split("\n");
const [column, row, margin, bar] = [8.4, 20, 18, 34];
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u;
const columns = (text) => [...text].reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
const escapeXml = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const width = Math.ceil(Math.max(...lines.map(columns), 60) * column + 2 * margin);
const height = lines.length * row + bar + margin;
const dots = ["#ff5f57", "#febc2e", "#28c840"].map(
  (fill, i) => `<circle cx="${20 + 18 * i}" cy="17" r="6" fill="${fill}"/>`,
);
const text = lines.map((line, i) => {
  const y = bar + row * (i + 1) - 5;
  const fill = line.startsWith("$") ? "#7ee787" : "#e6edf3";
  // Each run of one width is placed by itself, so that columns stay columns in any font.
  const runs = line.match(new RegExp(`${wide.source}+|(?:(?!${wide.source}).)+`, "gu")) ?? [];
  let at = 0;
  const spans = runs.map((run) => {
    const x = margin + at * column;
    at += columns(run);
    const length = (columns(run) * column).toFixed(1);
    return `<tspan x="${x.toFixed(1)}" textLength="${length}" xml:space="preserve">${escapeXml(run)}</tspan>`;
  });
  return `<text y="${y}" fill="${fill}">${spans.join("")}</text>`;
});
console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${dots.join("")}<text x="50%" y="21" text-anchor="middle" fill="#8b949e" font-family="sans-serif" font-size="13">${escapeXml(title)}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace" font-size="14">
${text.join("\n")}
</g>
</svg>`);
