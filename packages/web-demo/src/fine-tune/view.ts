import type { Evaluation } from "@bertie/classifier";
import { modelChanged, modelWorker } from "../model/client.ts";
import { readChoice, saveChoice, TRAINED_ON, TRAINING_ON } from "../page/choices.ts";
import { byId } from "../page/dom.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { createDataChoice } from "./data-view.ts";
import { showEvaluation } from "./evaluation-view.ts";
import { createProgressView } from "./progress-view.ts";
import { createSettings } from "./settings-view.ts";
import type { TrainingRequest } from "./training.ts";
import { startUnfinishedView } from "./unfinished-view.ts";

/** Sets up the fine-tuning view: data, settings, progress and result. */
export function startFineTuneView(): void {
  const worker = modelWorker();
  const data = createDataChoice();
  const settings = createSettings();
  const progress = createProgressView();
  const form = byId("train-form", HTMLFormElement);
  const fault = byId("train-fault", HTMLElement);
  const buttons = createButtons();
  let paused = false;

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
      if (evaluation) showEvaluation(evaluation);
    } catch (error) {
      showFault(fault, error);
      progress.fail();
    } finally {
      buttons.show("idle");
      modelChanged();
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void run(async () => {
      const request: TrainingRequest = { data: await data.texts(settings.splitSizes()), ...settings.request() };
      saveChoice(TRAINING_ON, request.data.name);
      progress.begin(settings.deviceName());
      byId("training-title", HTMLElement).focus();
      return worker.call("train", request, progress.show);
    });
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
      void run(() => worker.call("resume", undefined, progress.show));
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
