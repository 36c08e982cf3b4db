import { evenlySpaced } from "@bertie/common";
import { html, type Markup } from "../html/markup.ts";
import { number } from "../html/numbers.ts";
import { axisOf, frame, PLOT, scale } from "./axis.ts";
import { figure } from "./figure.ts";

const MAX_DOTS = 2000;

/** Creates a scatter plot of true and predicted values, with the diagonal of perfect predictions. */
export function scatterPlot(
  id: string,
  values: readonly (readonly [truth: number, predicted: number])[],
  description: string,
): Markup {
  const finite = values.filter((pair) => pair.every(Number.isFinite));
  const axis = axisOf(finite.flat());
  const [toX, toY] = [scale(axis, PLOT.left, PLOT.right), scale(axis, PLOT.bottom, PLOT.top)];
  const drawing = html`${frame(axis, axis, { x: "true value", y: "predicted value" })}<line class="ideal" x1="${toX(axis.min)}" y1="${toY(axis.min)}" x2="${toX(axis.max)}" y2="${toY(axis.max)}"/>
${evenlySpaced(finite, MAX_DOTS).map(
  ([truth, predicted]) => html`<circle class="bar" cx="${toX(truth)}" cy="${toY(predicted)}" r="3"/>`,
)}
`;
  const rows = finite.map(([truth, predicted]) => [number(truth), number(predicted)]);
  return figure({ id, title: "True and predicted values", description, drawing, columns: ["True", "Predicted"], rows });
}
