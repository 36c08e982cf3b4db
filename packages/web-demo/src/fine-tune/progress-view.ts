import type { RunSummary } from "@bertie/classifier";
import { announce } from "../page/announce.ts";
import { byId, element } from "../page/dom.ts";
import { formatMegabytes, formatNumber, setText, type TextKey, text, type Values } from "../page/language.ts";
import { clearFault, problemElement, showWarning } from "../page/notices.ts";
import { type Charts, createCharts } from "./charts.ts";
import { createDivergenceCheck } from "./divergence.ts";
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
  const unsaved = byId("train-unsaved", HTMLElement);
  const divergence = byId("train-divergence", HTMLElement);
  const warnings = byId("train-warnings", HTMLUListElement);
  const figure = (id: string, value: string) => {
    byId(`figure-${id}`, HTMLElement).textContent = value;
  };
  let charts: Charts | undefined;
  let diverges = createDivergenceCheck();
  let device = "";
  let steps = { step: 0, steps: 0 };
  let startSeconds = 0;
  let quarter = 0;
  let paused = () => {};

  /** Shows a phase of the run, which screen readers announce. */
  function showPhase(key: TextKey, values: Values = {}): void {
    setText(status, key, values);
    announce(text(key, values));
  }

  function begin(name: string): void {
    device = name;
    section.hidden = false;
    bar.removeAttribute("value");
    status.textContent = "";
    for (const notice of [unsaved, divergence]) clearFault(notice);
    warnings.replaceChildren();
    for (const id of ["loss", "accuracy", "speed", "left", "saved"]) figure(id, "–");
    charts ??= createCharts();
    charts.clear();
    diverges = createDivergenceCheck();
    steps = { step: 0, steps: 0 };
    quarter = 0;
    startSeconds = performance.now() / 1000;
  }

  function showStep(event: Extract<TrainingEvent, { type: "step" }>): void {
    const { step, loss, examplesPerSecond, secondsLeft } = event;
    if (steps.steps !== event.steps) charts?.setSteps(event.steps);
    steps = { step, steps: event.steps };
    bar.value = step / event.steps;
    setText(status, "train.running", steps);
    // Screen readers announce every quarter of the run rather than every step.
    const passed = Math.floor((4 * step) / event.steps);
    if (passed !== quarter) announce(text("train.running", steps));
    quarter = passed;
    figure("loss", formatNumber(loss, 3));
    figure("speed", formatNumber(examplesPerSecond, examplesPerSecond < 10 ? 1 : 0));
    figure("left", secondsLeft === undefined ? "–" : formatDuration(secondsLeft));
    charts?.addLoss(step, loss);
    const risen = diverges(loss);
    if (risen === undefined || !divergence.hidden) return;
    showWarning(divergence, "train.divergence", { from: formatNumber(risen.from, 2), to: formatNumber(risen.to, 2) });
  }

  function showAccuracy(step: number, accuracy: number): void {
    figure("accuracy", `${formatNumber(100 * accuracy, 1)}%`);
    charts?.addAccuracy(step, accuracy);
  }

  return {
    begin,
    show(event) {
      switch (event.type) {
        case "loading": {
          bar.value = event.total === 0 ? 0 : event.bytes / event.total;
          const values = { done: formatMegabytes(event.bytes), total: formatMegabytes(event.total) };
          setText(status, "train.loading", values);
          break;
        }
        case "preparing":
          bar.removeAttribute("value");
          showPhase("train.preparing", { device: device === "" ? "ONNX Runtime" : device });
          break;
        case "compiling":
          if (steps.step > 0) break; // the programs that measure the accuracy during training
          bar.removeAttribute("value");
          setText(status, "train.compiling", { count: event.program });
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
        case "unsaved":
          if (unsaved.hidden) showWarning(unsaved, event.reason === "full" ? "train.unsaved" : "train.unsaved.none");
          break;
        case "warning":
          addWarning(warnings, event);
          break;
        case "paused":
          showPhase("train.paused", steps);
          figure("left", "–");
          paused();
          break;
        case "evaluating":
          bar.removeAttribute("value");
          showPhase("train.evaluating");
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
      showPhase("train.done", { steps: formatNumber(steps.step), duration });
      figure("left", "–");
    },
    fail() {
      bar.value = 0;
      status.textContent = "";
    },
  };
}

/** Settings of the page that help against a warning, by its code. The message only names options of the command line. */
const ADVICE: Readonly<Record<string, TextKey>> = {
  "check/truncated-texts": "train.advice.truncated",
  "check/imbalanced-labels": "train.advice.imbalanced",
};

/** Adds a warning to a list, with the settings of the page that help, unless the list already names them. */
function addWarning(list: HTMLUListElement, warning: Extract<TrainingEvent, { type: "warning" }>): void {
  const item = element("li", { class: "warning" }, problemElement(warning));
  const advice = ADVICE[warning.code ?? ""];
  if (advice !== undefined && list.querySelector(`[data-text="${advice}"]`) === null) {
    const sentence = element("span");
    setText(sentence, advice);
    item.append(" ", sentence);
  }
  list.append(item);
}

/** Formats a duration as minutes and seconds. */
function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
