import { saveAsZip } from "../files/save-zip.ts";
import { modelWorker } from "../model/client.ts";
import { byId } from "../page/dom.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";

const FOLDER = "bertie-run";

/** Type of `showDirectoryPicker`, a function of some browsers that lets a page write to a folder of the user. */
type PickFolder = (options: { readonly mode: "readwrite" }) => Promise<FileSystemDirectoryHandle>;

/** Sets up the buttons that save the model directory as a zip file or, if the browser supports it, to a folder. */
export function startSaving(): void {
  const toArchive = byId("save-zip", HTMLButtonElement);
  const toFolder = byId("save-folder", HTMLButtonElement);
  const { showDirectoryPicker } = globalThis as { showDirectoryPicker?: PickFolder };
  toArchive.addEventListener("click", () => void whileDisabled(toArchive, saveArchive));
  toFolder.hidden = showDirectoryPicker === undefined;
  toFolder.addEventListener("click", () => void whileDisabled(toFolder, () => saveFolder(showDirectoryPicker!)));
}

async function whileDisabled(button: HTMLButtonElement, save: () => Promise<readonly string[]>): Promise<void> {
  const fault = byId("model-fault", HTMLElement);
  clearFault(fault);
  button.disabled = true;
  try {
    setText(byId("saved", HTMLElement), "classify.saved", { files: (await save()).join(", ") });
  } catch (error) {
    const isCanceled = error instanceof DOMException && error.name === "AbortError";
    if (!isCanceled) showFault(fault, error);
  } finally {
    button.disabled = false;
  }
}

async function saveArchive(): Promise<readonly string[]> {
  await saveAsZip(`${FOLDER}.zip`, FOLDER, await modelWorker().call("files", undefined));
  return [`${FOLDER}.zip`];
}

async function saveFolder(pick: PickFolder): Promise<readonly string[]> {
  const folder = await pick({ mode: "readwrite" });
  const files = await modelWorker().call("files", undefined);
  for (const { path, content } of files) {
    const stream = await (await folder.getFileHandle(path, { create: true })).createWritable();
    await stream.write(content);
    await stream.close();
  }
  return files.map(({ path }) => path);
}
