import { html, type Markup } from "../html/markup.ts";
import { number } from "../html/numbers.ts";
import { axisOf, frame, PLOT, scale } from "./axis.ts";
import { figure } from "./figure.ts";

/** Values over the steps of a run. */
export interface LineChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Title of the vertical axis. */
  readonly unit: string;
  readonly points: readonly (readonly [step: number, value: number])[];
  /** Whether to draw a moving average over the points. @default false */
  readonly smooth?: boolean;
  /** Point to emphasize. */
  readonly marked?: readonly [step: number, value: number] | undefined;
}

/** Creates a line chart. Points whose values are not finite are omitted. */
export function lineChart({ id, title, description, unit, points, smooth = false, marked }: LineChart): Markup {
  const finite = points.filter(([step, value]) => Number.isFinite(step) && Number.isFinite(value));
  const [x, y] = [
    axisOf(
      finite.map(([step]) => step),
      { isStep: true },
    ),
    axisOf(finite.map(([, value]) => value)),
  ];
  const [toX, toY] = [scale(x, PLOT.left, PLOT.right), scale(y, PLOT.bottom, PLOT.top)];
  const path = (line: typeof finite) => line.map(([step, value]) => `${toX(step)},${toY(value)}`).join(" ");
  const isSmoothed = smooth && finite.length >= 10;
  const drawing = html`${frame(x, y, { x: "step", y: unit })}${
    finite.length === 1 && html`<circle class="dot" cx="${toX(finite[0]![0])}" cy="${toY(finite[0]![1])}" r="4"/>\n`
  }<polyline class="curve${isSmoothed ? " raw" : ""}" points="${path(finite)}"/>
${isSmoothed && html`<polyline class="curve" points="${path(movingAverage(finite))}"/>\n`}${
  marked && html`<circle class="dot second" cx="${toX(marked[0])}" cy="${toY(marked[1])}" r="6"/>\n`
}`;
  const rows = finite.map(([step, value]) => [number(step), number(value)]);
  return figure({ id, title, description, drawing, columns: ["Step", unit], rows });
}

/** Returns the exponential moving average of points, without bias towards zero at the start. */
export function movingAverage(
  points: readonly (readonly [step: number, value: number])[],
  decay = 0.9,
): [step: number, value: number][] {
  let [sum, weight] = [0, 0];
  return points.map(([step, value]) => {
    sum = decay * sum + (1 - decay) * value;
    weight = decay * weight + (1 - decay);
    return [step, sum / weight];
  });
}
