/** Terminal output as an SVG picture. Full-width characters take two columns, as in a terminal. */

const COLUMNS = 80;
const [columnWidth, rowHeight, margin, titleBar] = [8.4, 20, 18, 34];
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u;
const widthOf = (character) => (wide.test(character) ? 2 : 1);
const columnsOf = (text) => [...text].reduce((sum, character) => sum + widthOf(character), 0);
const escapeXml = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * Returns an SVG of a terminal with 80 columns. Lines that start with `$` are commands; longer lines wrap.
 *
 * @param {string} title text in the title bar, which is also the picture's accessible name
 * @param {string} output lines of the terminal
 */
export function terminalSvg(title, output) {
  const lines = output.trimEnd().split("\n").flatMap(wrap);
  const width = Math.ceil(COLUMNS * columnWidth + 2 * margin);
  const height = lines.length * rowHeight + titleBar + margin;
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map(
    (fill, i) => `<circle cx="${20 + 18 * i}" cy="17" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${dots.join("")}<text x="50%" y="21" text-anchor="middle" fill="#8b949e" font-family="sans-serif" font-size="13">${escapeXml(title)}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace" font-size="14">
${lines.map(drawLine).join("\n")}
</g>
</svg>
`;
}

/** Splits a line where a terminal of 80 columns would. */
function wrap(line) {
  const rows = [""];
  for (const character of line) {
    if (columnsOf(rows.at(-1)) + widthOf(character) > COLUMNS) rows.push("");
    rows[rows.length - 1] += character;
  }
  return rows;
}

function drawLine(line, i) {
  const y = titleBar + rowHeight * (i + 1) - 5;
  const fill = line.startsWith("$") ? "#7ee787" : "#e6edf3";
  // Each run of characters of one width is placed separately, so that columns stay aligned in any font.
  const runs = line.match(new RegExp(`${wide.source}+|(?:(?!${wide.source}).)+`, "gu")) ?? [];
  let column = 0;
  const spans = runs.map((run) => {
    const x = margin + column * columnWidth;
    column += columnsOf(run);
    const length = (columnsOf(run) * columnWidth).toFixed(1);
    return `<tspan x="${x.toFixed(1)}" textLength="${length}" xml:space="preserve">${escapeXml(run)}</tspan>`;
  });
  return `<text y="${y}" fill="${fill}">${spans.join("")}</text>`;
}
