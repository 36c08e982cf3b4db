import { modelChanged, modelWorker } from "../model/client.ts";
import type { KeptSummary, TrainingRequest } from "../model/model.worker.ts";
import { byId } from "../page/dom.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { createDataChoice } from "./data-view.ts";
import { showEvaluation } from "./evaluation-view.ts";
import { createProgressView, type ProgressView } from "./progress-view.ts";
import { createSettings } from "./settings-view.ts";
import type { Evaluation } from "./training.ts";

/** Sets the view up: what to train on, the course of it, and what came of it. */
export function startFineTuneView(): void {
  const worker = modelWorker();
  const data = createDataChoice();
  const settings = createSettings();
  const progress = createProgressView();
  const form = byId("train-form", HTMLFormElement);
  const fault = byId("train-fault", HTMLElement);
  const buttons = createButtons();

  async function run(start: () => Promise<Evaluation>): Promise<void> {
    clearFault(fault);
    byId("unfinished", HTMLElement).hidden = true;
    byId("evaluation", HTMLElement).hidden = true;
    buttons.show("running");
    try {
      const evaluation = await start();
      progress.finish();
      showEvaluation(evaluation);
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
      const request: TrainingRequest = { texts: await data.texts(settings.share()), ...settings.request() };
      progress.begin(settings.deviceName());
      byId("training-title", HTMLElement).focus();
      return worker.call("train", request, (happened) => {
        progress.show(happened);
        if (happened.type === "start") modelChanged();
      });
    });
  });

  let paused = false;
  buttons.pause.addEventListener("click", () => {
    paused = !paused;
    void worker.call(paused ? "pause" : "go", undefined);
    buttons.show(paused ? "paused" : "running");
    if (!paused) progress.goOn();
  });
  buttons.stop.addEventListener("click", () => {
    paused = false;
    void worker.call("stop", undefined);
  });

  offerToGoOn(progress, () => void run(() => worker.call("resume", undefined, (happened) => progress.show(happened))));
}

/** Offers to go on with a run that was left unfinished, or shows what came of it. */
async function offerToGoOn(progress: ProgressView, resume: () => void): Promise<void> {
  const worker = modelWorker();
  const kept: KeptSummary | undefined = await worker.call("kept", undefined).catch(() => undefined);
  if (kept === undefined) return;
  const { course, evaluation } = kept;
  if (evaluation !== undefined) {
    progress.restore(course);
    progress.finish();
    showEvaluation(evaluation);
    return;
  }
  const notice = byId("unfinished", HTMLElement);
  notice.hidden = false;
  const values = { step: course.progress.steps, steps: course.steps };
  setText(byId("unfinished-text", HTMLElement), "train.unfinished", values);
  byId("resume", HTMLButtonElement).addEventListener("click", () => {
    progress.begin("");
    progress.restore(course);
    byId("training-title", HTMLElement).focus();
    resume();
  });
  byId("discard", HTMLButtonElement).addEventListener("click", () => {
    notice.hidden = true;
    void worker.call("discard", undefined);
  });
}

function createButtons() {
  const start = byId("start", HTMLButtonElement);
  const pause = byId("pause", HTMLButtonElement);
  const stop = byId("stop", HTMLButtonElement);
  return {
    pause,
    stop,
    show(state: "idle" | "running" | "paused") {
      start.disabled = state !== "idle";
      pause.hidden = state === "idle";
      stop.hidden = state === "idle";
      setText(pause, state === "paused" ? "train.continue" : "train.pause");
    },
  };
}
