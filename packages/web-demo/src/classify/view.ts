import { BertieError } from "@bertie/common";
import { modelWorker, onModel } from "../model/client.ts";
import type { ModelSummary } from "../model/model.worker.ts";
import { byId, debounce, element } from "../page/dom.ts";
import { language, onLanguage } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { createAnswerView } from "./answer-view.ts";
import { exampleSentences } from "./example-sentences.ts";
import { warnOfLanguage } from "./language-note.ts";
import { createModelChoice } from "./model-choice.ts";
import { startSaving } from "./save-view.ts";

/** Sets up the classification view: the model, the text, the prediction and its explanation. */
export function startClassifyView(): void {
  const worker = modelWorker();
  const fault = byId("classify-fault", HTMLElement);
  const languageNote = byId("classify-language", HTMLElement);
  const sentence = byId("sentence", HTMLTextAreaElement);
  const pair = byId("sentence-pair", HTMLInputElement);
  const answer = createAnswerView(() => void answerNow());
  const saving = startSaving(() => sentence.value);
  const choice = createModelChoice({
    onLoading: forgetAnswer,
    onChange(model) {
      saving.show(model);
      showExamples(model);
      void answerNow();
    },
  });
  /** Number of texts and models so far. An answer to an earlier one is not shown. */
  let requests = 0;

  function forgetAnswer(): void {
    requests++;
    answer.markStale();
  }

  /** Predicts and then explains the text, unless the text or the model changes in the meantime. */
  async function answerNow(): Promise<void> {
    const request = ++requests;
    const isCurrent = () => request === requests;
    const model = choice.model();
    if (model === undefined || sentence.value.trim() === "") {
      answer.hide();
      languageNote.hidden = true;
      clearFault(fault);
      return;
    }
    const input = { text: sentence.value, pair: pair.value === "" ? undefined : pair.value };
    try {
      const { labels, unknown } = await worker.call("classify", input);
      if (!isCurrent()) return;
      clearFault(fault);
      warnOfLanguage(languageNote, `${input.text} ${input.pair ?? ""}`, model, unknown);
      answer.showProbabilities(labels, model);
      const explanation = await worker.call("explain", { ...input, label: answer.chosen(model.labels) });
      if (isCurrent() && explanation !== undefined) answer.explain(input, explanation, model);
    } catch (error) {
      if (!isCurrent()) return;
      showFault(fault, error);
      const cannotExplain = error instanceof BertieError && error.code === "explain/no-mask";
      if (!cannotExplain) answer.hide();
    }
  }

  const soon = debounce(150, () => void answerNow());
  const onInput = () => {
    forgetAnswer();
    soon();
    // The first text loads the ready classifier, as the note beside its button says.
    if (sentence.value.trim() !== "" && choice.model() === undefined) choice.loadReady();
  };
  sentence.addEventListener("input", onInput);
  pair.addEventListener("input", onInput);

  function showExamples(model: ModelSummary | undefined): void {
    const buttons = exampleSentences[model?.language ?? language()].map((example) => {
      const button = element("button", { type: "button", class: "example" }, example);
      button.addEventListener("click", () => {
        sentence.value = example;
        onInput();
      });
      return button;
    });
    byId("sentence-examples", HTMLElement).replaceChildren(...buttons);
  }

  onModel(() => choice.refresh());
  onLanguage(() => {
    showExamples(choice.model());
    void answerNow();
  });
  showExamples(undefined);
  choice.refresh();
}
