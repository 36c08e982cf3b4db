import { html, type Markup } from "../html/markup.ts";
import { number, percent } from "../html/numbers.ts";
import type { Calibration } from "../report-data.ts";
import { type Axis, frame, PLOT, scale } from "./axis.ts";
import { figure } from "./figure.ts";

const UNIT: Axis = { min: 0, max: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] };

/** Creates a reliability diagram: the fraction of correct predictions by the probability of the predictions. */
export function reliabilityDiagram(id: string, { error, bins }: Calibration): Markup {
  const filled = bins.filter(({ count }) => count > 0);
  const [toX, toY] = [scale(UNIT, PLOT.left, PLOT.right), scale(UNIT, PLOT.bottom, PLOT.top)];
  const most = Math.max(1, ...filled.map(({ count }) => count));
  const drawing = html`${frame(UNIT, UNIT, { x: "probability of the prediction", y: "fraction correct" })}<line class="ideal" x1="${toX(0)}" y1="${toY(0)}" x2="${toX(1)}" y2="${toY(1)}"/>
<polyline class="curve" points="${filled.map((bin) => `${toX(bin.confidence)},${toY(bin.accuracy)}`).join(" ")}"/>
${filled.map(
  (bin) =>
    html`<circle class="dot" cx="${toX(bin.confidence)}" cy="${toY(bin.accuracy)}" r="${(3 + 7 * Math.sqrt(bin.count / most)).toFixed(1)}"/>\n`,
)}`;
  const mean = (value: (bin: Calibration["bins"][number]) => number) =>
    filled.reduce((sum, bin) => sum + bin.count * value(bin), 0) /
    Math.max(
      1,
      filled.reduce((sum, { count }) => sum + count, 0),
    );
  const gap = mean(({ confidence }) => confidence) - mean(({ accuracy }) => accuracy);
  const tendency =
    Math.abs(gap) < 0.01 ? "on average neither over- nor underconfident" : gap > 0 ? "overconfident" : "underconfident";
  return figure({
    id,
    title: "Reliability of the probabilities",
    description: `The expected calibration error is ${percent(error)}: the model is ${tendency}. Perfect probabilities are on the dashed diagonal; larger dots stand for more rows.`,
    drawing,
    columns: ["Probability", "Fraction correct", "Rows"],
    rows: filled.map(({ confidence, accuracy, count }) => [percent(confidence), percent(accuracy), number(count)]),
  });
}
