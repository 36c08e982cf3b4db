import { saveAsZip } from "../files/save-zip.ts";
import { modelWorker } from "../model/client.ts";
import type { ModelFormat, ModelSummary, SavedFiles } from "../model/model-service.ts";
import { copyText } from "../page/clipboard.ts";
import { byId, element } from "../page/dom.ts";
import { clearText, language, onLanguage, setText } from "../page/language.ts";
import { clearFault, problemElement, showFault } from "../page/notices.ts";
import { exampleSentences } from "./example-sentences.ts";
import { type CodeTarget, folderOf, snippetFor } from "./snippets.ts";

/** Type of `showDirectoryPicker`, a function of some browsers that lets a page write to a folder of the user. */
type PickFolder = (options: { readonly mode: "readwrite" }) => Promise<FileSystemDirectoryHandle>;

/**
 * Sets up the buttons that save the model as a zip file or, if the browser supports it, to a folder, and the code to run it.
 *
 * @param example returns the text that the code classifies
 */
export function startSaving(example: () => string): { show(model: ModelSummary | undefined): void } {
  const format = byId("save-format", HTMLSelectElement);
  const target = byId("code-for", HTMLSelectElement);
  const copy = byId("copy-code", HTMLButtonElement);
  const toArchive = byId("save-zip", HTMLButtonElement);
  const toFolder = byId("save-folder", HTMLButtonElement);
  const { showDirectoryPicker } = globalThis as { showDirectoryPicker?: PickFolder };
  let model: ModelSummary | undefined;
  const chosen = () => format.value as ModelFormat;

  function showCode(): void {
    if (model === undefined) return;
    const text = example().trim() || exampleSentences[model.language ?? language()][0]!;
    const { code, packages } = snippetFor(chosen(), target.value as CodeTarget, text, model.problemType);
    byId("code", HTMLElement).textContent = code;
    setText(byId("code-packages", HTMLElement), "save.code.where", { packages });
    setText(copy, "save.copy");
  }

  toArchive.addEventListener("click", () => void whileDisabled(toArchive, () => saveArchive(chosen())));
  toFolder.hidden = showDirectoryPicker === undefined;
  toFolder.addEventListener(
    "click",
    () => void whileDisabled(toFolder, () => saveFolder(chosen(), showDirectoryPicker!)),
  );
  for (const select of [format, target])
    select.addEventListener("change", () => {
      clearText(byId("saved", HTMLElement));
      showCode();
    });
  byId("sentence", HTMLTextAreaElement).addEventListener("change", showCode);
  copy.addEventListener("click", async () => {
    await copyText(Promise.resolve(byId("code", HTMLElement).textContent));
    setText(copy, "save.copied");
  });
  onLanguage(showCode);
  return {
    show(loaded) {
      model = loaded;
      byId("save-model", HTMLElement).hidden = loaded === undefined;
      showCode();
    },
  };
}

/** Saves the model, and shows the names of the files. */
async function whileDisabled(
  button: HTMLButtonElement,
  save: () => Promise<{ readonly names: readonly string[] } & Pick<SavedFiles, "notes">>,
): Promise<void> {
  const fault = byId("save-fault", HTMLElement);
  const saved = byId("saved", HTMLElement);
  clearFault(fault);
  setText(saved, "save.saving");
  button.disabled = true;
  try {
    const { names, notes } = await save().finally(() => clearText(saved));
    const files = element("span");
    setText(files, "save.saved", { files: names.join(", ") });
    saved.append(files, ...notes.flatMap((note) => [" ", problemElement(note)]));
  } catch (error) {
    const isCanceled = error instanceof DOMException && error.name === "AbortError";
    if (!isCanceled) showFault(fault, error);
  } finally {
    button.disabled = false;
  }
}

async function saveArchive(format: ModelFormat) {
  const { files, notes } = await modelWorker().call("files", format);
  const folder = folderOf(format);
  await saveAsZip(`${folder}.zip`, folder, files);
  return { names: [`${folder}.zip`], notes };
}

async function saveFolder(format: ModelFormat, pick: PickFolder) {
  const folder = await pick({ mode: "readwrite" });
  const { files, notes } = await modelWorker().call("files", format);
  for (const { path, content } of files) {
    const [name, ...parents] = path.split("/").reverse() as [string, ...string[]];
    let parent = folder;
    for (const part of parents.reverse()) parent = await parent.getDirectoryHandle(part, { create: true });
    const stream = await (await parent.getFileHandle(name, { create: true })).createWritable();
    await stream.write(content);
    await stream.close();
  }
  return { names: files.map(({ path }) => path), notes };
}
