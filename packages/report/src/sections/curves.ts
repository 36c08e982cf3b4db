import { lineChart, movingAverage } from "../charts/line-chart.ts";
import { html, type Markup } from "../html/markup.ts";
import { metricTitle, metricValue, number } from "../html/numbers.ts";
import type { Curves } from "../report-data.ts";

/** Creates the charts of loss, learning rate and evaluation metric over the steps of a run. */
export function curvesSection({ steps, scores, metric, bestStep }: Curves): Markup {
  const losses = steps.map(({ step, loss }) => [step, loss] as const);
  const rates = steps.flatMap(({ step, learningRate }) =>
    learningRate === undefined ? [] : [[step, learningRate] as const],
  );
  const [first, last] = [losses[0], movingAverage(losses).at(-1)];
  const best = scores.find(({ step }) => step === bestStep);
  return html`${
    first &&
    last &&
    lineChart({
      id: "loss-chart",
      title: "Training loss",
      description: `The training loss starts at ${number(first[1])} and ends at ${number(last[1])} after ${number(last[0])} ${last[0] === 1 ? "update" : "updates"}${losses.length >= 10 ? " (moving average; the thin line shows single updates)" : ""}.`,
      unit: "loss",
      points: losses,
      smooth: true,
    })
  }${
    rates.length > 0 &&
    lineChart({
      id: "rate-chart",
      title: "Learning rate",
      description: `The learning rate peaks at ${number(Math.max(...rates.map(([, rate]) => rate)))}, at step ${number(rates.reduce((a, b) => (b[1] > a[1] ? b : a))[0])}.`,
      unit: "learning rate",
      points: rates,
    })
  }${
    metric !== undefined &&
    scores.length > 0 &&
    lineChart({
      id: "score-chart",
      title: `${metricTitle(metric)} during training`,
      description: best
        ? `The best value is ${metricValue(metric, best.value)} at step ${number(best.step)}, whose weights were kept (circle).`
        : `${metricTitle(metric)} was evaluated ${scores.length === 1 ? "once" : `${scores.length} times`}; the last value is ${metricValue(metric, scores.at(-1)!.value)}.`,
      unit: metricTitle(metric).toLowerCase(),
      points: scores.map(({ step, value }) => [step, value] as const),
      marked: best && [best.step, best.value],
    })
  }`;
}
