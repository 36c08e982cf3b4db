import { BUNDLED } from "../fine-tune/bundled-reviews.ts";
import { modelWorker, onModel } from "../model/client.ts";
import type { ModelSummary } from "../model/model.worker.ts";
import { byId, debounce } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { onLanguage, setText, text } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { createAnswerView } from "./answer-view.ts";
import { startSaving } from "./save-view.ts";

/** Sets the view up: the model, a sentence, and what the model says of it. */
export function startClassifyView(): void {
  const worker = modelWorker();
  const modelFault = byId("model-fault", HTMLElement);
  const fault = byId("classify-fault", HTMLElement);
  const sentence = byId("sentence", HTMLTextAreaElement);
  const pair = byId("sentence-pair", HTMLInputElement);
  const answer = createAnswerView(() => void explain());
  let model: ModelSummary | undefined;
  let asked = 0;

  async function explain(): Promise<void> {
    if (model === undefined || sentence.value.trim() === "") {
      answer.hide();
      return;
    }
    const turn = ++asked;
    try {
      const asking = { text: sentence.value, pair: pair.value === "" ? undefined : pair.value };
      const explanation = await worker.call("explain", { ...asking, label: answer.chosen(model.labels) });
      if (turn !== asked) return; // there is a newer sentence
      clearFault(fault);
      answer.show(asking, explanation);
    } catch (error) {
      showFault(fault, error);
    }
  }

  async function use(found: Promise<ModelSummary | undefined>): Promise<void> {
    clearFault(modelFault);
    const name = byId("model-name", HTMLElement);
    setText(name, "classify.model.loading");
    try {
      model = await found;
    } catch (error) {
      showFault(modelFault, error);
    }
    showName(name, model);
    byId("save-model", HTMLElement).hidden = model === undefined;
    await explain();
  }

  acceptFiles(byId("model-drop", HTMLElement), byId("model-files", HTMLInputElement), (files) => {
    const [folder] = (files[0]!.webkitRelativePath || "").split("/");
    // Folders in it, such as checkpoints, have files of the same names.
    const direct = files.filter(({ webkitRelativePath }) => webkitRelativePath.split("/").length <= 2);
    const named = new Map(direct.map((file) => [file.name, file]));
    void use(worker.call("load", { name: folder || files[0]!.name, files: named }));
  });
  const soon = debounce(150, () => void explain());
  sentence.addEventListener("input", soon);
  pair.addEventListener("input", soon);
  startSaving();
  onModel(() => void use(worker.call("model", undefined)));
  onLanguage(() => {
    if (model !== undefined) showName(byId("model-name", HTMLElement), model);
    void explain();
  });
  void use(worker.call("model", undefined));
}

function showName(place: HTMLElement, model: ModelSummary | undefined): void {
  if (model === undefined) {
    setText(place, "classify.model.none");
    return;
  }
  const { name, labels, trained } = model;
  const called = trained && name === BUNDLED ? text("train.data.reviews.name") : name;
  const values = { name: called, labels: labels.join(", ") };
  setText(place, trained ? "classify.model.trained" : "classify.model.loaded", values);
}
