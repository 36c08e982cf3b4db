/** Style sheet of all pages. Colors have a contrast of at least 4.5 in the light and the dark theme. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f6f8; --ink: #1b1f24; --soft: #55606c; --line: #d4d9df; --accent: #1a5fb4;
  --heat: 26, 95, 180; --for: 26, 95, 180; --against: 190, 80, 0; --second: #9a4a00; --faint: #8fa8c8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --panel: #1d2228; --ink: #e8ebee; --soft: #a9b4c0; --line: #39424c; --accent: #82b4f5;
    --heat: 70, 130, 220; --for: 70, 130, 220; --against: 215, 110, 20; --second: #f0a860; --faint: #4d6a92;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.soft, figcaption, caption { color: var(--soft); font-size: .92rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .75rem 0 0; list-style: none; }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0; list-style: none; }
.cards li { flex: 1 1 12rem; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.cards strong { display: block; font-size: 1.8rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.cards span { display: block; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.scroll { overflow: auto; max-height: 34rem; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .95rem; }
caption { text-align: left; padding-bottom: .35rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
thead th { white-space: nowrap; }
td:last-child { overflow-wrap: anywhere; }
tbody th { font-weight: 500; max-width: 22rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.heat td { text-align: center; background: rgba(var(--heat), calc(var(--share) * .45)); border: 1px solid var(--line); min-width: 3.2rem; font-variant-numeric: tabular-nums; }
.heat td.right { font-weight: 700; }
.facts { margin: .75rem 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1.5rem; }
.facts dt { color: var(--soft); font-size: .9rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
svg { display: block; width: 100%; max-width: 44rem; height: auto; }
svg text { fill: var(--soft); font-size: 13px; }
.grid { stroke: var(--line); stroke-width: 1; }
.curve { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linejoin: round; }
.curve.raw { stroke: var(--faint); stroke-width: 1; }
.curve.second { stroke: var(--second); stroke-dasharray: 6 4; }
.dot { fill: var(--accent); }
.dot.second { fill: none; stroke: var(--second); stroke-width: 2; }
.bar { fill: var(--accent); fill-opacity: .65; }
.ideal { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 4 4; }
ol.rows { padding-left: 1.6rem; }
ol.rows > li { margin: 0 0 1rem; padding-bottom: .75rem; border-bottom: 1px solid var(--line); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .35rem 0; }
.for, .against { border-radius: .2rem; padding: 0 .05em; text-decoration-thickness: 2px; text-underline-offset: .2em; }
.for { background: rgba(var(--for), calc(var(--share) * .4)); text-decoration: underline; }
.against { background: rgba(var(--against), calc(var(--share) * .4)); text-decoration: underline dotted; }
details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--accent); }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: .75rem 1rem; overflow-x: auto; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .92em; overflow-wrap: anywhere; }
.better { font-weight: 700; }
@media (max-width: 30rem) { body { padding: 1rem .75rem 2rem; } th, td { padding: .3rem .4rem; } }
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --panel: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #1a5fb4;
    --heat: 26, 95, 180; --for: 26, 95, 180; --against: 190, 80, 0; --second: #9a4a00; --faint: #8fa8c8;
  }
  * { print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  .scroll { overflow: visible; max-height: none; }
  h2, h3 { break-after: avoid; }
  figure, tr, ol.rows > li, .cards li { break-inside: avoid; }
}
`;
