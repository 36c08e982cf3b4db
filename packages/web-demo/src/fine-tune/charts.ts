import type uPlot from "uplot";
import { byId } from "../page/dom.ts";
import { onLanguage, type TextKey, text } from "../page/language.ts";

/** Curves of a run. The chart library is loaded with the first point. */
export interface Charts {
  /** Sets the number of steps of the run, which is the end of the horizontal axis. */
  setSteps(steps: number): void;
  addLoss(step: number, loss: number): void;
  addAccuracy(step: number, accuracy: number): void;
  clear(): void;
}

const HEIGHT = 190;
/** Weight of the newest loss in the exponential moving average. */
const SMOOTHING = 0.15;

export function createCharts(): Charts {
  const loss = createChart("chart-loss", ["train.loss", "train.chart.smoothed"], (_, __, max) => [0, 1.05 * max]);
  const accuracy = createChart("chart-accuracy", ["train.accuracy"], () => [0, 1]);
  let smoothed = Number.NaN;
  return {
    setSteps(steps) {
      loss.setSteps(steps);
      accuracy.setSteps(steps);
    },
    addLoss(step, value) {
      smoothed = Number.isNaN(smoothed) ? value : smoothed + SMOOTHING * (value - smoothed);
      loss.add(step, value, smoothed);
    },
    addAccuracy: (step, value) => accuracy.add(step, value),
    clear() {
      smoothed = Number.NaN;
      loss.clear();
      accuracy.clear();
    },
  };
}

type Range = (plot: uPlot, min: number, max: number) => [number, number];

function createChart(id: string, names: readonly TextKey[], range: Range) {
  const container = byId(id, HTMLElement);
  let points: number[][] = [[], ...names.map(() => [])];
  let plot: uPlot | undefined;
  let isScheduled = false;
  let steps = 1;

  async function draw(): Promise<void> {
    const { default: UPlot } = await import("uplot");
    await import("uplot/dist/uPlot.min.css");
    plot?.destroy();
    container.replaceChildren();
    plot = new UPlot(
      optionsOf(container, names, { y: range, x: () => [0, steps] }),
      points as uPlot.AlignedData,
      container,
    );
  }

  /** Redraws at most once per frame. */
  function refresh(): void {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      if (plot === undefined) void draw();
      else plot.setData(points as uPlot.AlignedData);
    });
  }

  new ResizeObserver(() => plot?.setSize({ width: container.clientWidth, height: HEIGHT })).observe(container);
  const redraw = () => plot && void draw();
  addEventListener("themechange", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  onLanguage(redraw);

  return {
    setSteps(count: number) {
      steps = count;
      refresh();
    },
    add(...values: number[]) {
      for (const [i, value] of values.entries()) points[i]!.push(value);
      refresh();
    },
    clear() {
      points = [[], ...names.map(() => [])];
      refresh();
    },
  };
}

function optionsOf(
  container: HTMLElement,
  names: readonly TextKey[],
  ranges: Readonly<Record<"x" | "y", Range>>,
): uPlot.Options {
  const style = getComputedStyle(container);
  const [ink, line, accent] = ["--soft", "--line", "--accent"].map((name) => resolved(container, `var(${name})`));
  const axis = {
    stroke: ink!,
    grid: { stroke: line!, width: 1 },
    ticks: { stroke: line!, width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  const faint = resolved(container, "color-mix(in oklab, var(--accent) 35%, transparent)");
  return {
    width: container.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: ranges.x }, y: { range: ranges.y } },
    axes: [
      { ...axis, size: 28 },
      { ...axis, size: 44 },
    ],
    series: [
      { label: text("train.chart.step") },
      ...names.map((name, i) => ({
        label: text(name),
        stroke: names.length > 1 && i === 0 ? faint : accent!,
        width: names.length > 1 && i === 0 ? 1 : 2,
        points: { show: names.length === 1 },
      })),
    ],
  };
}

/** Returns a CSS color in a form that a canvas accepts. */
function resolved(container: HTMLElement, cssColor: string): string {
  container.style.color = cssColor;
  const { color } = getComputedStyle(container);
  container.style.color = "";
  return color;
}
