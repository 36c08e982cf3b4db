import type { RunSummary } from "@bertie/classifier";
import { byId } from "../page/dom.ts";
import { formatNumber, setText } from "../page/language.ts";
import { type Charts, createCharts } from "./charts.ts";
import type { TrainingEvent } from "./training.ts";

/** View of the training progress: figures, curves and a status line. */
export interface ProgressView {
  begin(device: string): void;
  show(event: TrainingEvent): void;
  /** Shows the progress of a saved run. */
  restore(run: RunSummary): void;
  /** Shows that a paused run has resumed. */
  resume(): void;
  /** Registers a callback that is called when a run has paused. */
  onPaused(listener: () => void): void;
  finish(): void;
  fail(): void;
}

export function createProgressView(): ProgressView {
  const section = byId("training", HTMLElement);
  const bar = byId("train-progress", HTMLProgressElement);
  const status = byId("train-status", HTMLElement);
  const figure = (id: string, value: string) => {
    byId(`figure-${id}`, HTMLElement).textContent = value;
  };
  let charts: Charts | undefined;
  let device = "";
  let steps = { step: 0, steps: 0 };
  let startSeconds = 0;
  let lastAnnouncement = 0;
  let paused = () => {};

  function begin(name: string): void {
    device = name;
    section.hidden = false;
    bar.removeAttribute("value");
    status.textContent = "";
    for (const id of ["loss", "accuracy", "speed", "left", "saved"]) figure(id, "–");
    charts ??= createCharts();
    charts.clear();
    steps = { step: 0, steps: 0 };
    startSeconds = performance.now() / 1000;
  }

  function showStep(event: Extract<TrainingEvent, { type: "step" }>): void {
    const { step, loss, examplesPerSecond, secondsLeft } = event;
    if (steps.steps !== event.steps) charts?.setSteps(event.steps);
    steps = event;
    bar.value = step / event.steps;
    // The status is updated at most once per second, so that screen readers do not announce every step.
    if (performance.now() - lastAnnouncement > 1000) {
      setText(status, "train.running", { step, steps: event.steps });
      lastAnnouncement = performance.now();
    }
    figure("loss", formatNumber(loss, 3));
    figure("speed", formatNumber(examplesPerSecond, examplesPerSecond < 10 ? 1 : 0));
    figure("left", formatDuration(secondsLeft));
    charts?.addLoss(step, loss);
  }

  function showAccuracy(step: number, accuracy: number): void {
    figure("accuracy", `${formatNumber(100 * accuracy, 1)}%`);
    charts?.addAccuracy(step, accuracy);
  }

  return {
    begin,
    show(event) {
      switch (event.type) {
        case "loading":
          bar.value = event.total === 0 ? 0 : event.bytes / event.total;
          setText(status, "train.loading", {
            name: event.what === "engine" ? "ONNX Runtime" : "bge-small-zh",
            done: formatNumber(event.bytes / 1e6),
            total: formatNumber(event.total / 1e6),
          });
          break;
        case "preparing":
          bar.removeAttribute("value");
          setText(status, "train.preparing", { device: device === "" ? "ONNX Runtime" : device });
          break;
        case "step":
          showStep(event);
          break;
        case "sample":
          showAccuracy(event.step, event.accuracy);
          break;
        case "saved":
          figure("saved", formatNumber(event.step));
          break;
        case "paused":
          setText(status, "train.paused", steps);
          figure("left", "–");
          paused();
          break;
        case "evaluating":
          bar.removeAttribute("value");
          setText(status, "train.evaluating");
          break;
      }
    },
    restore({ losses, evaluation, step, steps: total, seconds: before }) {
      if (section.hidden) begin("");
      steps = { step, steps: total };
      startSeconds = performance.now() / 1000 - before;
      bar.value = step / total;
      charts?.setSteps(total);
      for (const { step, loss } of losses) charts?.addLoss(step, loss);
      if (evaluation) showAccuracy(step, evaluation.accuracy);
      const last = losses.at(-1);
      if (last) figure("loss", formatNumber(last.loss, 3));
    },
    resume: () => setText(status, "train.running", steps),
    onPaused(listener) {
      paused = listener;
    },
    finish() {
      bar.value = 1;
      const duration = formatDuration(performance.now() / 1000 - startSeconds);
      setText(status, "train.done", { steps: formatNumber(steps.step), duration });
      figure("left", "–");
    },
    fail() {
      bar.value = 0;
      status.textContent = "";
    },
  };
}

/** Formats a duration as minutes and seconds. */
function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
