import type { Evaluation } from "@bertie/classifier";
import { modelChanged, modelWorker } from "../model/client.ts";
import { keepChoice, readChoice, TRAINED_ON, TRAINING_ON } from "../page/choices.ts";
import { byId } from "../page/dom.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { createDataChoice } from "./data-view.ts";
import { showEvaluation } from "./evaluation-view.ts";
import { createProgressView } from "./progress-view.ts";
import { createSettings } from "./settings-view.ts";
import type { TrainingRequest } from "./training.ts";
import { startUnfinishedView } from "./unfinished-view.ts";

/** Sets up the view: the data, the progress of training, and its result. */
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
      keepChoice(TRAINED_ON, readChoice(TRAINING_ON) ?? "");
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
      const request: TrainingRequest = { data: await data.texts(settings.share()), ...settings.request() };
      keepChoice(TRAINING_ON, request.data.name);
      progress.begin(settings.deviceName());
      byId("training-title", HTMLElement).focus();
      return worker.call("train", request, progress.show);
    });
  });

  buttons.pause.addEventListener("click", () => {
    paused = !paused;
    void worker.call(paused ? "pause" : "go", undefined);
    buttons.show(paused ? "pausing" : "running");
    if (!paused) progress.goOn();
  });
  buttons.stop.addEventListener("click", () => {
    paused = false;
    void worker.call("stop", undefined);
  });
  progress.onPaused(() => paused && buttons.show("paused"));

  const unfinished = startUnfinishedView({
    resume(kept) {
      progress.begin("");
      progress.restore(kept);
      byId("training-title", HTMLElement).focus();
      void run(() => worker.call("resume", undefined, progress.show));
    },
    showFinished(kept) {
      progress.restore(kept);
      progress.finish();
      if (kept.evaluation) showEvaluation(kept.evaluation);
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
      const waits = state === "pausing" || state === "paused";
      start.disabled = state !== "idle";
      pause.hidden = state === "idle";
      stop.hidden = state === "idle";
      save.hidden = state !== "paused";
      setText(pause, waits ? "train.continue" : "train.pause");
    },
  };
}
