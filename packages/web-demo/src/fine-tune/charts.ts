import type uPlot from "uplot";
import { byId } from "../page/dom.ts";
import { onLanguage, type TextKey, text } from "../page/language.ts";

/** The curves of a run. The library that draws them is loaded when there is something to draw. */
export interface Charts {
  /** How many steps the run takes: the curves grow towards it. */
  setSteps(steps: number): void;
  addLoss(step: number, loss: number): void;
  addAccuracy(step: number, accuracy: number): void;
  clear(): void;
}

const HEIGHT = 190;
/** How much of the smoothed loss comes from the newest. */
const SMOOTHING = 0.15;

export function createCharts(): Charts {
  const loss = createChart("chart-loss", ["train.loss", "train.chart.smoothed"], (_, __, most) => [0, 1.05 * most]);
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

type Range = (plot: uPlot, least: number, most: number) => [number, number];

function createChart(id: string, names: readonly TextKey[], range: Range) {
  const place = byId(id, HTMLElement);
  let points: number[][] = [[], ...names.map(() => [])];
  let plot: uPlot | undefined;
  let asked = false;
  let steps = 1;

  async function draw(): Promise<void> {
    const { default: UPlot } = await import("uplot");
    await import("uplot/dist/uPlot.min.css");
    plot?.destroy();
    place.replaceChildren();
    plot = new UPlot(optionsOf(place, names, { y: range, x: () => [0, steps] }), points as uPlot.AlignedData, place);
  }

  /** At most once a frame, however fast points come. */
  function refresh(): void {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      if (plot === undefined) void draw();
      else plot.setData(points as uPlot.AlignedData);
    });
  }

  new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
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
  place: HTMLElement,
  names: readonly TextKey[],
  ranges: Readonly<Record<"x" | "y", Range>>,
): uPlot.Options {
  const style = getComputedStyle(place);
  const [ink, line, accent] = ["--soft", "--line", "--accent"].map((name) => resolved(place, `var(${name})`));
  const axis = {
    stroke: ink!,
    grid: { stroke: line!, width: 1 },
    ticks: { stroke: line!, width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  const faint = resolved(place, "color-mix(in oklab, var(--accent) 35%, transparent)");
  return {
    width: place.clientWidth,
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

/** A colour as a canvas understands it. */
function resolved(place: HTMLElement, colour: string): string {
  place.style.color = colour;
  const { color } = getComputedStyle(place);
  place.style.color = "";
  return color;
}
