import type { Evaluation } from "@bertie/classifier";
import { modelChanged, modelWorker } from "../model/client.ts";
import { readChoice, saveChoice, TRAINED_ON, TRAINING_ON } from "../page/choices.ts";
import { byId } from "../page/dom.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { createDataChoice } from "./data-view.ts";
import { revealEvaluation, showEvaluation } from "./evaluation-view.ts";
import { createProgressView } from "./progress-view.ts";
import { createSettings } from "./settings-view.ts";
import type { TrainingEvent } from "./training.ts";
import { mayReplace, startUnfinishedView } from "./unfinished-view.ts";

/** Sets up the fine-tuning view: data, settings, progress and result. */
export function startFineTuneView(): void {
  const worker = modelWorker();
  const settings = createSettings();
  const data = createDataChoice(settings);
  const progress = createProgressView();
  const form = byId("train-form", HTMLFormElement);
  const fault = byId("train-fault", HTMLElement);
  const buttons = createButtons();
  let paused = false;
  /** Whether closing the page would lose the run or the model. */
  let isLosable = false;
  addEventListener("beforeunload", (event) => isLosable && event.preventDefault());

  function show(event: TrainingEvent): void {
    if (event.type === "step" || event.type === "unsaved") isLosable ||= event.type === "unsaved" || event.step === 1;
    if (event.type === "saved") isLosable = false;
    progress.show(event);
  }

  async function run(start: () => Promise<Evaluation | undefined>): Promise<void> {
    clearFault(fault);
    unfinished.hide();
    byId("evaluation", HTMLElement).hidden = true;
    paused = false;
    buttons.show("running");
    try {
      const evaluation = await start();
      saveChoice(TRAINED_ON, readChoice(TRAINING_ON) ?? "");
      progress.finish();
      isLosable = (await worker.call("unsaved", undefined)) !== undefined;
      if (evaluation) {
        showEvaluation(evaluation);
        revealEvaluation();
      }
    } catch (error) {
      isLosable = false;
      showFault(fault, error);
      fault.scrollIntoView({ block: "nearest" });
      progress.fail();
      await unfinished.refresh();
    } finally {
      buttons.show("idle");
      modelChanged();
    }
  }

  async function start(): Promise<void> {
    clearFault(fault);
    try {
      const request = { ...settings.request(), data: await data.chosen(settings.splitSizes()) };
      if (!(await mayReplace("unfinished", "finished"))) return;
      saveChoice(TRAINING_ON, request.data.name);
      await run(() => {
        progress.begin(settings.deviceName());
        byId("training-title", HTMLElement).focus();
        return worker.call("train", request, show);
      });
    } catch (error) {
      showFault(fault, error);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void start();
  });

  buttons.pause.addEventListener("click", () => {
    paused = !paused;
    void worker.call(paused ? "pause" : "resumePaused", undefined);
    buttons.show(paused ? "pausing" : "running");
    if (!paused) progress.resume();
  });
  buttons.stop.addEventListener("click", () => {
    paused = false;
    void worker.call("stop", undefined);
  });
  progress.onPaused(() => paused && buttons.show("paused"));

  const unfinished = startUnfinishedView({
    resume(savedRun) {
      progress.begin("");
      progress.restore(savedRun);
      byId("training-title", HTMLElement).focus();
      void run(() => worker.call("resume", undefined, show));
    },
    showFinished(savedRun) {
      progress.restore(savedRun);
      progress.finish();
      if (savedRun.evaluation) showEvaluation(savedRun.evaluation);
    },
  });
}

function createButtons() {
  const start = byId("start", HTMLButtonElement);
  const pause = byId("pause", HTMLButtonElement);
  const stop = byId("stop", HTMLButtonElement);
  const save = byId("save-paused", HTMLButtonElement);
  return {
    pause,
    stop,
    show(state: "idle" | "running" | "pausing" | "paused") {
      const isWaiting = state === "pausing" || state === "paused";
      start.disabled = state !== "idle";
      pause.hidden = state === "idle";
      stop.hidden = state === "idle";
      save.hidden = state !== "paused";
      setText(pause, isWaiting ? "train.resume" : "train.pause");
    },
  };
}
