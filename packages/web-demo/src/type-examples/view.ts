import { warnOfLanguage } from "../classify/language-note.ts";
import { showBars } from "../classify/probability-bars.ts";
import type { Loaded } from "../files/fetch-cached.ts";
import { download } from "../files/save-zip.ts";
import { giveTable } from "../fine-tune/given-table.ts";
import { modelChanged, modelWorker, onModel } from "../model/client.ts";
import type { EncoderLanguage } from "../model/encoders.ts";
import type { ModelSummary } from "../model/model-service.ts";
import type { TypedExamples } from "../model/typed-examples.ts";
import { announce } from "../page/announce.ts";
import { MODEL, readChoice, saveChoice } from "../page/choices.ts";
import { byId, debounce } from "../page/dom.ts";
import { formatMegabytes, formatNumber, language, onLanguage, setText, text } from "../page/language.ts";
import { clearFault, showFault, showWarning } from "../page/notices.ts";
import { languageOfText, type TextLanguage } from "../page/text-language.ts";
import { createClassCards } from "./class-cards.ts";
import { restoreTypedModel } from "./restore.ts";
import { samples } from "./samples.ts";
import {
  type ExamplesForm,
  examplesOf,
  storedForm,
  storeForm,
  storeTrainedExamples,
  tableOf,
  trainedExamples,
} from "./stored-examples.ts";

const EMPTY = { name: "", lines: "" };

/** Sets up the view that trains a classifier on a few typed examples. */
export function startTypeExamplesView(): void {
  const worker = modelWorker();
  const languageChoice = byId("examples-language", HTMLSelectElement);
  const train = byId("examples-train", HTMLButtonElement);
  const status = byId("examples-status", HTMLElement);
  const progress = byId("examples-progress", HTMLProgressElement);
  const note = byId("examples-note", HTMLElement);
  const fault = byId("examples-fault", HTMLElement);
  const sentence = byId("examples-text", HTMLTextAreaElement);
  const languageNote = byId("examples-language-note", HTMLElement);
  const cards = createClassCards(byId("example-classes", HTMLElement), onInput);
  /** Whether the user has chosen the language, which is guessed otherwise. */
  let isChosen = false;
  let model: ModelSummary | undefined;
  let requests = 0;

  const form = (): ExamplesForm => ({
    language: languageChoice.value as EncoderLanguage,
    classes: cards.classes(),
  });

  function typedLanguage(): TextLanguage | undefined {
    const texts = cards.classes().map(({ lines }) => lines);
    return languageOfText(texts.join("\n"));
  }

  function showLanguageNote(found: TextLanguage | undefined): void {
    if (found === undefined || found === languageChoice.value) clearFault(note);
    else showWarning(note, "examples.language.other", { language: text(`examples.language.${form().language}`) });
  }

  function onInput(): void {
    const found = typedLanguage();
    if (!isChosen && (found === "zh" || found === "en") && found !== languageChoice.value) {
      languageChoice.value = found;
      void showDownload();
    }
    showLanguageNote(found);
    storeForm(form());
    if (model !== undefined) setText(status, "examples.changed");
  }

  async function showDownload(): Promise<void> {
    const missing = await worker.call("missingBytes", form().language);
    if (missing === 0) setText(train, "examples.train");
    else setText(train, "examples.train.download", { size: formatMegabytes(missing) });
  }

  function showProgress({ bytes, total }: Loaded): void {
    progress.hidden = bytes === total;
    progress.value = bytes / total;
    if (bytes === total) setText(status, "examples.training");
    else setText(status, "examples.loading", { done: formatMegabytes(bytes), total: formatMegabytes(total) });
  }

  async function trainNow(): Promise<void> {
    clearFault(fault);
    train.disabled = true;
    const start = performance.now();
    try {
      const examples = examplesOf(form());
      setText(status, "examples.training");
      announce(text("examples.training"));
      const trained = await worker.call("trainOnTyped", examples, showProgress);
      storeTrainedExamples(examples);
      saveChoice(MODEL, "examples");
      modelChanged();
      showTrained(trained, examples, performance.now() - start);
      sentence.focus();
    } catch (error) {
      setText(status, "examples.stored");
      showFault(fault, error);
    } finally {
      train.disabled = false;
      progress.hidden = true;
      void showDownload();
    }
  }

  function showTrained(trained: ModelSummary, { classes }: TypedExamples, milliseconds: number): void {
    model = trained;
    const count = formatNumber(classes.reduce((sum, { texts }) => sum + texts.length, 0));
    const seconds = formatNumber(milliseconds / 1000, 1);
    setText(status, "examples.done", { count, seconds, labels: trained.labels.join(", ") });
    announce(status.textContent);
    byId("examples-try", HTMLElement).hidden = false;
    void answer();
  }

  async function answer(): Promise<void> {
    const request = ++requests;
    const bars = byId("examples-probabilities", HTMLUListElement);
    if (model === undefined || sentence.value.trim() === "") {
      bars.removeAttribute("aria-busy");
      bars.replaceChildren();
      languageNote.hidden = true;
      return;
    }
    const input = { text: sentence.value, pair: undefined };
    try {
      const { labels, unknown } = await worker.call("classify", input);
      if (request !== requests) return;
      bars.removeAttribute("aria-busy");
      showBars(bars, labels, model.problemType);
      warnOfLanguage(languageNote, input.text, model, unknown);
    } catch (error) {
      if (request === requests) showFault(fault, error);
    }
  }

  /** Hides the answers if another model has been loaded in the meantime. */
  async function followModel(): Promise<void> {
    const loaded = await worker.call("model", { onlyLoaded: true });
    if (loaded?.origin === "examples" || loaded === undefined) return;
    model = undefined;
    requests++;
    byId("examples-try", HTMLElement).hidden = true;
    setText(status, "examples.stored");
  }

  async function restore(): Promise<void> {
    const examples = trainedExamples();
    if (examples === undefined || readChoice(MODEL) !== "examples") return;
    const start = performance.now();
    try {
      const trained = await restoreTypedModel(showProgress);
      if (trained !== undefined) showTrained(trained, examples, performance.now() - start);
    } catch (error) {
      showFault(fault, error);
    } finally {
      progress.hidden = true;
    }
  }

  function save(use: (table: File) => void): void {
    clearFault(fault);
    try {
      use(new File([tableOf(examplesOf(form()))], "examples.tsv", { type: "text/tab-separated-values" }));
    } catch (error) {
      showFault(fault, error);
    }
  }

  byId("examples-add", HTMLElement).addEventListener("click", () => cards.add());
  byId("examples-fill", HTMLElement).addEventListener("click", () => {
    const sample = samples[language()];
    cards.show(sample.classes);
    sentence.value ||= sample.text;
    onInput();
  });
  languageChoice.addEventListener("change", () => {
    isChosen = true;
    onInput();
    void showDownload();
  });
  train.addEventListener("click", () => void trainNow());
  const answerSoon = debounce(100, () => void answer());
  sentence.addEventListener("input", () => {
    requests++; // an answer to the earlier text is not shown
    byId("examples-probabilities", HTMLElement).setAttribute("aria-busy", "true");
    answerSoon();
  });
  byId("examples-explain", HTMLElement).addEventListener("click", () => {
    const field = byId("sentence", HTMLTextAreaElement);
    field.value = sentence.value;
    field.dispatchEvent(new Event("input"));
  });
  byId("examples-save", HTMLElement).addEventListener("click", () => save((table) => download(table.name, table)));
  byId("examples-fine-tune", HTMLElement).addEventListener("click", () => save(giveTable));
  onModel(() => void followModel());
  onLanguage(() => {
    if (!note.hidden) showLanguageNote(typedLanguage());
    void showDownload();
    void answer();
  });

  const stored = storedForm();
  languageChoice.value = stored?.language ?? language();
  cards.show(stored?.classes ?? [EMPTY, EMPTY]);
  void showDownload();
  void restore();
}
