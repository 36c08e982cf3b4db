import type { Objective } from "./results.ts";
import { type Choices, isList, type SearchSpace } from "./search-space.ts";
import { describeChoices } from "./sweep-file.ts";
import { formatValue, type TrialResult } from "./trial.ts";

const PANEL = { width: 260, height: 200, left: 56, top: 34, bottom: 40, right: 14 };

/**
 * Draws the metric of all finished runs as an SVG image: one panel for each option that varies, with the option's value on
 * the horizontal axis.
 */
export function plotSvg(results: readonly TrialResult[], space: SearchSpace, { metric }: Objective): string {
  const points = results.filter(({ value }) => value !== undefined);
  const panels = [...space].map(([name, choices], i) => panel(name, choices, points, metric, i * PANEL.width));
  const [width, height] = [Math.max(1, space.size) * PANEL.width, PANEL.height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<title>${xmlText(metric)} by option</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels.flat(),
    "</svg>\n",
  ].join("\n");
}

function panel(name: string, choices: Choices, points: readonly TrialResult[], metric: string, x: number): string[] {
  const values = points.map(({ value }) => value!);
  const [low, high] = extent(values);
  const bottom = PANEL.height - PANEL.bottom;
  const [left, right] = [x + PANEL.left, x + PANEL.width - PANEL.right];
  const horizontal = positionsOf(
    choices,
    points.map(({ assignment }) => assignment[name]),
    left,
    right,
  );
  const vertical = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - PANEL.top);
  return [
    `<text x="${x + PANEL.left}" y="18" font-weight="bold">${xmlText(name)}</text>`,
    `<path d="M${left} ${PANEL.top}V${bottom}H${right}" fill="none" stroke="#888"/>`,
    `<text x="${left - 6}" y="${PANEL.top + 4}" text-anchor="end">${high.toFixed(3)}</text>`,
    `<text x="${left - 6}" y="${bottom}" text-anchor="end">${low.toFixed(3)}</text>`,
    `<text transform="translate(${x + 14} ${(PANEL.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${xmlText(metric)}</text>`,
    ...horizontal.ticks.map(
      ([at, label]) => `<text x="${at.toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${xmlText(label)}</text>`,
    ),
    ...points.map(({ name: run, value, assignment }) => {
      const center = `cx="${horizontal.at(assignment[name]).toFixed(1)}" cy="${vertical(value!).toFixed(1)}"`;
      const label = `${run}: ${name} ${formatValue(assignment[name])}, ${metric} ${value!.toFixed(4)}`;
      return `<circle ${center} r="4" fill="#2563eb" fill-opacity="0.65"><title>${xmlText(label)}</title></circle>`;
    }),
    `<desc>${xmlText(`${name}: ${describeChoices(choices)}`)}</desc>`,
  ];
}

/** Returns the horizontal positions of an option's values: on a scale for ranges, otherwise side by side. */
function positionsOf(choices: Choices, values: readonly unknown[], left: number, right: number) {
  if (!isList(choices)) {
    const { min, max, scale } = choices;
    const place = (value: number) =>
      scale === "log" ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    const at = (value: unknown) => left + 8 + place(Number(value)) * (right - left - 16);
    return { at, ticks: [min, max].map((value): [number, string] => [at(value), formatValue(value)]) };
  }
  const labels = [...new Set([...choices, ...values].map(formatValue))];
  const at = (value: unknown) => left + ((labels.indexOf(formatValue(value)) + 0.5) / labels.length) * (right - left);
  return { at, ticks: labels.map((label): [number, string] => [at(label), label]) };
}

/** Returns the least and the greatest value, with some space if all are equal. */
function extent(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function xmlText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
