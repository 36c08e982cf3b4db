import { html, type Markup } from "../html/markup.ts";
import { number } from "../html/numbers.ts";

/** Axis of a chart: a range of values, with round numbers as ticks. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** Area of a chart in the units of its SVG image. */
export const PLOT = { width: 700, height: 280, left: 84, right: 690, top: 12, bottom: 240 } as const;

/**
 * Creates an axis whose ticks are multiples of 1, 2 or 5 times a power of ten, and that contains all finite values. An axis
 * of steps has integers as ticks and ends at the last step.
 */
export function axisOf(values: readonly number[], { ticks = 5, isStep = false } = {}): Axis {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - (Math.abs(low) / 2 || 1), high + (Math.abs(high) / 2 || 1)];
  const rough = (high - low) / ticks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const exact = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const size = isStep ? Math.max(1, Math.ceil(exact)) : exact;
  const [first, last] = [Math.floor(low / size), Math.ceil(high / size)];
  const marks = Array.from({ length: Math.min(last - first + 1, 50) }, (_, i) =>
    Number(((first + i) * size).toPrecision(12)),
  );
  if (isStep) return { min: low, max: high, ticks: marks.filter((mark) => mark >= low && mark <= high) };
  return { min: marks[0]!, max: marks.at(-1)!, ticks: marks };
}

/** Returns the function that maps values of an axis to coordinates from `start` to `end`. */
export function scale({ min, max }: Axis, start: number, end: number): (value: number) => number {
  return (value) => Number((start + ((value - min) / (max - min)) * (end - start)).toFixed(1));
}

/** Draws the ticks of both axes and their titles. */
export function frame(x: Axis, y: Axis, titles: { readonly x: string; readonly y: string }): Markup {
  const [toX, toY] = [scale(x, PLOT.left, PLOT.right), scale(y, PLOT.bottom, PLOT.top)];
  return html`${y.ticks.map(
    (tick) => html`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${toY(tick)}" y2="${toY(tick)}"/>
<text x="${PLOT.left - 8}" y="${toY(tick) + 4}" text-anchor="end">${number(tick)}</text>
`,
  )}${x.ticks.map(
    (tick) => html`<text x="${toX(tick)}" y="${PLOT.bottom + 18}" text-anchor="middle">${number(tick)}</text>
`,
  )}<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 36}" text-anchor="middle">${titles.x}</text>
<text transform="translate(14 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${titles.y}</text>
`;
}
