import { BertieError } from "@bertie/common";
import { BUNDLED } from "../fine-tune/bundled-reviews.ts";
import { modelWorker, onModel } from "../model/client.ts";
import type { ModelSummary } from "../model/model.worker.ts";
import { readChoice, TRAINED_ON } from "../page/choices.ts";
import { byId, debounce } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { onLanguage, setText, text } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { createAnswerView } from "./answer-view.ts";
import { startSaving } from "./save-view.ts";

/** Sets up the classification view: the model, the text, and the prediction. */
export function startClassifyView(): void {
  const worker = modelWorker();
  const modelFault = byId("model-fault", HTMLElement);
  const fault = byId("classify-fault", HTMLElement);
  const sentence = byId("sentence", HTMLTextAreaElement);
  const pair = byId("sentence-pair", HTMLInputElement);
  const answer = createAnswerView(() => void explain());
  let model: ModelSummary | undefined;
  let requests = 0;

  async function explain(): Promise<void> {
    if (model === undefined || sentence.value.trim() === "") {
      answer.hide();
      return;
    }
    const request = ++requests;
    const input = { text: sentence.value, pair: pair.value === "" ? undefined : pair.value };
    try {
      const explanation = await worker.call("explain", { ...input, label: answer.chosen(model.labels) });
      if (request !== requests) return; // the text has changed in the meantime
      clearFault(fault);
      answer.show(input, explanation, model.labels);
    } catch (error) {
      showFault(fault, error);
      const cannotExplain = error instanceof BertieError && error.code === "explain/no-mask";
      if (cannotExplain) answer.showProbabilities(await worker.call("classify", input));
    }
  }

  async function useModel(loading: Promise<ModelSummary | undefined>): Promise<void> {
    clearFault(modelFault);
    const name = byId("model-name", HTMLElement);
    setText(name, "classify.model.loading");
    try {
      model = await loading;
    } catch (error) {
      showFault(modelFault, error);
    }
    showName(name, model);
    byId("save-model", HTMLElement).hidden = model === undefined;
    await explain();
  }

  acceptFiles(byId("model-drop", HTMLElement), byId("model-files", HTMLInputElement), (files) => {
    void useModel(worker.call("load", files));
  });
  const soon = debounce(150, () => void explain());
  sentence.addEventListener("input", soon);
  pair.addEventListener("input", soon);
  startSaving();
  onModel(() => void useModel(worker.call("model", undefined)));
  onLanguage(() => {
    if (model !== undefined) showName(byId("model-name", HTMLElement), model);
    void explain();
  });
  void useModel(worker.call("model", undefined));
}

function showName(target: HTMLElement, model: ModelSummary | undefined): void {
  if (model === undefined) {
    setText(target, "classify.model.none");
    return;
  }
  const { name, labels, trained } = model;
  const data = trained ? readChoice(TRAINED_ON) || name : name;
  const shownName = trained && data === BUNDLED ? text("train.data.reviews.name") : data;
  const values = { name: shownName, labels: labels.join(", ") };
  setText(target, trained ? "classify.model.trained" : "classify.model.loaded", values);
}
