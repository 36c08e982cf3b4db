import accuracy from "../../ready/accuracy.json" with { type: "json" };
import type { Loaded } from "../files/fetch-cached.ts";
import { dataName } from "../fine-tune/data-view.ts";
import { modelWorker } from "../model/client.ts";
import type { EncoderLanguage } from "../model/encoders.ts";
import type { ModelSummary } from "../model/model-service.ts";
import { announce } from "../page/announce.ts";
import { MODEL, readChoice, saveChoice, TRAINED_ON } from "../page/choices.ts";
import { byId } from "../page/dom.ts";
import { acceptFolders } from "../page/drop.ts";
import { formatMegabytes, formatNumber, language, onLanguage, setText, text } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { restoreTypedModel } from "../type-examples/restore.ts";

/** Choice of the model to classify with. */
export interface ModelChoice {
  /** Returns the model; undefined if none is loaded. */
  model(): ModelSummary | undefined;
  /** Loads the ready classifier in the language of the page, unless a model is being loaded. */
  loadReady(): void;
  /** Shows the model of the worker, or restores the model of the last visit. */
  refresh(): void;
}

interface ModelEvents {
  /** Called when a model starts to load. */
  onLoading(): void;
  /** Called with the model after loading, also if it has failed and the model is the same. */
  onChange(model: ModelSummary | undefined): void;
}

/** Sets up the choice of the model: the ready classifiers, and model directories. */
export function createModelChoice({ onLoading, onChange }: ModelEvents): ModelChoice {
  const worker = modelWorker();
  const fault = byId("model-fault", HTMLElement);
  const progress = byId("model-progress", HTMLProgressElement);
  const name = byId("model-name", HTMLElement);
  let model: ModelSummary | undefined;
  let loads = 0;
  let loading: "ready" | "other" | undefined;
  /** Whether to load the ready classifier if the load in progress finds no model. */
  let wantsReady = false;

  async function use(what: "ready" | "other", opening: Promise<ModelSummary | undefined>): Promise<void> {
    const load = ++loads;
    loading = what;
    onLoading();
    clearFault(fault);
    setText(name, "classify.model.loading");
    announce(text("classify.model.loading"));
    try {
      const loaded = await opening;
      if (load === loads) model = loaded;
    } catch (error) {
      if (load === loads) showFault(fault, error);
    }
    if (load !== loads) return;
    loading = undefined;
    progress.hidden = true;
    const isWanted = wantsReady && model === undefined;
    wantsReady = false;
    if (isWanted) return loadReady(language());
    remember(model);
    byId("model-choice", HTMLDetailsElement).open = model === undefined;
    showName(name, model);
    announce(name.textContent);
    void showReady();
    onChange(model);
  }

  function showProgress({ bytes, total }: Loaded): void {
    progress.hidden = false;
    progress.value = bytes / total;
    setText(name, "classify.model.downloading", { done: formatMegabytes(bytes), total: formatMegabytes(total) });
  }

  function loadReady(chosen: EncoderLanguage): Promise<void> {
    return use("ready", worker.call("loadReady", chosen, showProgress));
  }

  /** Returns the model that the worker has, or else the model of the last visit if its files are still stored. */
  async function current(): Promise<ModelSummary | undefined> {
    const stored = readChoice(MODEL);
    const ready = /^ready-(zh|en)$/.exec(stored ?? "")?.[1] as EncoderLanguage | undefined;
    const loaded = await worker.call("model", { onlyLoaded: ready !== undefined || stored === "examples" });
    if (loaded !== undefined) return loaded;
    if (ready !== undefined) {
      const missing = await worker.call("missingBytes", ready);
      if (missing === 0) return worker.call("loadReady", ready, showProgress);
    }
    const typed = stored === "examples" ? await restoreTypedModel(showProgress) : undefined;
    return typed ?? worker.call("model", { onlyLoaded: false });
  }

  const other = (): EncoderLanguage => (language() === "zh" ? "en" : "zh");

  async function showReady(): Promise<void> {
    setText(byId("ready", HTMLElement), `classify.ready.${language()}`);
    setText(byId("ready-other", HTMLElement), `classify.ready.${other()}`);
    const missing = await worker.call("missingBytes", language());
    const download =
      missing === 0
        ? text("classify.ready.stored")
        : text("classify.ready.download", { size: formatMegabytes(missing) });
    const { accuracy: fraction, validationRows } = accuracy[language()];
    const values = { percent: formatNumber(100 * fraction, 1), rows: formatNumber(validationRows), download };
    setText(byId("ready-note", HTMLElement), "classify.ready.note", {
      name: text(`classify.ready.name.${language()}`),
      ...values,
    });
  }

  acceptFolders(
    byId("model-drop", HTMLElement),
    [byId("model-files", HTMLInputElement), byId("model-zip", HTMLInputElement)],
    (files) => void use("other", worker.call("load", files)),
  );
  byId("ready", HTMLElement).addEventListener("click", () => void loadReady(language()));
  byId("ready-other", HTMLElement).addEventListener("click", () => void loadReady(other()));
  onLanguage(() => {
    if (loading === undefined) showName(name, model);
    void showReady();
  });
  void showReady();

  return {
    model: () => model,
    loadReady() {
      if (loading === undefined) void loadReady(language());
      else if (loading === "other") wantsReady = true;
    },
    refresh: () => void use("other", current()),
  };
}

/** Stores which model to use on the next visit. Opened files cannot be opened again. */
function remember(model: ModelSummary | undefined): void {
  if (model === undefined || model.origin === "files") return;
  saveChoice(MODEL, model.origin === "ready" ? `ready-${model.language}` : model.origin);
}

function showName(target: HTMLElement, model: ModelSummary | undefined): void {
  if (model === undefined) {
    setText(target, "classify.model.none");
    return;
  }
  const { name, origin, language: modelLanguage } = model;
  const labels = model.labels.join(", ");
  if (origin === "files") setText(target, "classify.model.loaded", { name, labels });
  else if (origin === "examples") setText(target, "classify.model.examples", { labels });
  else if (origin === "ready")
    setText(target, "classify.model.ready", { name: text(`classify.ready.name.${modelLanguage ?? "zh"}`), labels });
  else setText(target, "classify.model.trained", { name: dataName(readChoice(TRAINED_ON) || name), labels });
}
