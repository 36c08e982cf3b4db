import { saveAsZip } from "../files/save-zip.ts";
import { modelWorker } from "../model/client.ts";
import type { SavedRun } from "../model/model.worker.ts";
import { saveChoice, TRAINING_ON } from "../page/choices.ts";
import { byId } from "../page/dom.ts";
import { acceptFolders } from "../page/drop.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";

/** Name of the saved directory. `bertie train --resume bertie-run` resumes the run. */
const FOLDER = "bertie-run.unfinished";

interface UnfinishedActions {
  resume(run: SavedRun): void;
  showFinished(run: SavedRun): void;
}

/**
 * Offers to resume, save or discard a run that was interrupted in the page or on the command line, or shows the result of a run
 * that was finished on an earlier visit.
 */
export function startUnfinishedView({ resume, showFinished }: UnfinishedActions): { hide(): void } {
  const worker = modelWorker();
  const notice = byId("unfinished", HTMLElement);
  const fault = byId("run-fault", HTMLElement);
  let run: SavedRun | undefined;

  function show(savedRun: SavedRun): void {
    run = savedRun;
    const { step, steps, missing } = savedRun;
    notice.hidden = false;
    setText(byId("unfinished-text", HTMLElement), "train.unfinished", { step, steps });
    const note = byId("unfinished-missing", HTMLElement);
    note.hidden = missing.length === 0;
    setText(note, "train.missing", { files: missing.map(({ name }) => name).join(", ") });
    byId("resume", HTMLButtonElement).disabled = missing.length > 0;
  }

  async function withFaultShown(action: () => Promise<void>): Promise<void> {
    clearFault(fault);
    try {
      await action();
    } catch (error) {
      showFault(fault, error);
    }
  }

  async function save(): Promise<void> {
    const files = await worker.call("runFiles", undefined);
    await saveAsZip("bertie-run.unfinished.zip", FOLDER, files);
  }

  byId("resume", HTMLButtonElement).addEventListener("click", () => run && resume(run));
  byId("discard", HTMLButtonElement).addEventListener("click", () => {
    notice.hidden = true;
    void withFaultShown(() => worker.call("discard", undefined));
  });
  for (const id of ["save-unfinished", "save-paused"])
    byId(id, HTMLButtonElement).addEventListener("click", () => void withFaultShown(save));

  const inputs = ["run-folder", "run-data"].map((id) => byId(id, HTMLInputElement));
  acceptFolders(byId("run-drop", HTMLElement), inputs, (files) => {
    void withFaultShown(async () => {
      const savedRun = await worker.call("openRun", files);
      const [folder] = [...files.keys()].map((path) => /(^|\/)([^/]+)\.unfinished\//.exec(path)?.[2]).filter(Boolean);
      if (folder) saveChoice(TRAINING_ON, folder);
      if (savedRun?.state === "unfinished") show(savedRun);
    });
  });

  void worker.call("savedRun", undefined).then(
    (savedRun) => {
      if (savedRun?.state === "unfinished") show(savedRun);
      else if (savedRun) showFinished(savedRun);
    },
    () => {},
  );

  return {
    hide() {
      notice.hidden = true;
    },
  };
}
