// Draws the chart of docs/performance/training.md: one bar per implementation and one panel per size.
import { escapeXml, STYLE } from "../chart-style.js";
import { nameOf } from "./cases.js";

const [WIDTH, LABELS, BAR, ROW, TITLE, MARGIN] = [760, 280, 400, 24, 44, 16];
const PANELS = [
  {
    what: "step",
    size: "small",
    precision: "fp32",
    threads: 2,
    title: "Training step, small BERT: 4 layers, hidden size 312, 32 × 128 tokens",
  },
  {
    what: "step",
    size: "base",
    precision: "fp32",
    threads: 2,
    title: "Training step, BERT base: 12 layers, hidden size 768, 8 × 128 tokens",
  },
];

/** Returns the chart as an SVG. */
export function chart({ implementations, results }) {
  let top = MARGIN;
  const parts = PANELS.map((panel) => {
    const figures = results.get(nameOf(panel));
    const bars = implementations
      .filter(({ key, isBound }) => figures.has(key) && !isBound)
      .map((implementation) => ({ ...implementation, ...figures.get(implementation.key) }))
      .sort((a, b) => a.milliseconds - b.milliseconds);
    const drawn = drawPanel(panel.title, bars, top);
    top += TITLE + bars.length * ROW;
    return drawn;
  });
  const height = top + MARGIN + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Duration of a training step in milliseconds, two threads">
<style>
${STYLE}
</style>
${parts.join("\n")}
<text class="note" x="${MARGIN}" y="${height - MARGIN}">Milliseconds in float32 with two threads. Shorter is better.</text>
</svg>
`;
}

function drawPanel(title, bars, top) {
  const longest = Math.max(...bars.map(({ milliseconds }) => milliseconds));
  const lines = bars.map(({ label, ours, milliseconds }, i) => {
    const y = top + TITLE - 12 + i * ROW;
    const width = (milliseconds / longest) * BAR;
    return `<text x="${LABELS - 10}" y="${y + 13}" text-anchor="end">${escapeXml(label)}</text>
<rect class="${ours ? "ours" : "peer"}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 6}" rx="2"/>
<text class="value" x="${(LABELS + width + 8).toFixed(1)}" y="${y + 13}">${milliseconds.toFixed(0)}</text>`;
  });
  return [`<text class="title" x="${MARGIN}" y="${top + 16}">${escapeXml(title)}</text>`, ...lines].join("\n");
}
