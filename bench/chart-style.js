// Helpers shared by the charts of the benchmarks.

export const escapeXml = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** CSS of the charts, with colors for light and dark pages. */
export const STYLE = `text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 15px; }
.note, .value { fill: #59636e; }
.ours { fill: #1f6feb; } .peer { fill: #afb8c1; } .limit { fill: none; stroke: #afb8c1; stroke-dasharray: 3 3; }
.cold { stroke: #1f2328; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .note, .value { fill: #9198a1; }
  .ours { fill: #388bfd; } .peer { fill: #59636e; } .limit { stroke: #6e7681; }
  .cold { stroke: #e6edf3; }
}`;
