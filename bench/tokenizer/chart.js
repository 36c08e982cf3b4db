// Draws the chart of docs/performance/tokenization.md: one bar per implementation for warm passes, with a mark for the first
// pass.
import { escapeXml, STYLE } from "../chart-style.js";
import { keyOf } from "./measure.js";

/** Variants that the chart omits for brevity. */
const OMITTED = [
  ...["bertie-offsets", "bertie-pieces", "bertie-piece-offsets", "bertie-padded"],
  ...["bertie-deno", "bertie-chromium", "bertie-native-offsets"],
];
const [WIDTH, LABELS, BAR, ROW, TITLE, MARGIN] = [760, 230, 450, 24, 44, 16];

export function chart({ implementations, corpora, results }) {
  const shown = implementations.filter(({ key }) => !OMITTED.includes(key));
  const panels = corpora.filter(({ name }) => name !== "mixed");
  const height = panels.length * (TITLE + shown.length * ROW) + 2 * MARGIN + 20;
  const parts = panels.map((corpus, i) => panel(shown, corpus, results, MARGIN + i * (TITLE + shown.length * ROW)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Speed of WordPiece tokenizers, one thread">
<style>
${STYLE}
</style>
${parts.join("\n")}
<text class="note" x="${MARGIN}" y="${height - MARGIN}">MB of UTF-8 per second on one thread. Bar: warm passes; mark: first pass of a process.</text>
</svg>
`;
}

function panel(implementations, corpus, results, top) {
  const bars = implementations
    .map((implementation) => ({ ...implementation, ...results.get(keyOf(implementation, corpus, 1)) }))
    .sort((a, b) => b.warm - a.warm);
  const longest = Math.max(...bars.flatMap(({ cold, warm }) => [cold, warm]));
  const across = (value) => ((value / longest) * BAR).toFixed(1);
  const lines = bars.map(({ label, isBertie, limit, cold, warm }, i) => {
    const y = top + TITLE - 12 + i * ROW;
    const kind = isBertie ? "ours" : limit ? "limit" : "peer";
    const end = LABELS + Number(across(Math.max(cold, warm))) + 8;
    const place = Number(across(cold));
    const mark = place < 6 ? "" : `\n<path class="cold" d="M${LABELS + place} ${y - 1}v${ROW - 4}"/>`;
    return `<text x="${LABELS - 10}" y="${y + 13}" text-anchor="end">${escapeXml(label)}</text>
<rect class="${kind}" x="${LABELS}" y="${y}" width="${across(warm)}" height="${ROW - 6}" rx="2"/>${mark}
<text class="value" x="${end}" y="${y + 13}">${warm.toFixed(warm < 10 ? 1 : 0)}</text>`;
  });
  return [`<text class="title" x="${MARGIN}" y="${top + 16}">${corpus.label}</text>`, ...lines].join("\n");
}
