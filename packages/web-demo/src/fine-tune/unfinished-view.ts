import { saveAsZip } from "../files/save-zip.ts";
import { modelWorker } from "../model/client.ts";
import type { KeptRun } from "../model/model.worker.ts";
import { keepChoice, TRAINING_ON } from "../page/choices.ts";
import { byId } from "../page/dom.ts";
import { acceptFolders } from "../page/drop.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";

/** The name of the saved directory: `bertie train --resume bertie-run` resumes the run in it. */
const FOLDER = "bertie-run.unfinished";

interface UnfinishedActions {
  resume(run: KeptRun): void;
  showFinished(run: KeptRun): void;
}

/**
 * Offers to continue, to save or to discard a run that was interrupted, here or on the command line, or shows the result of a
 * run that was finished on an earlier visit.
 */
export function startUnfinishedView({ resume, showFinished }: UnfinishedActions): { hide(): void } {
  const worker = modelWorker();
  const notice = byId("unfinished", HTMLElement);
  const fault = byId("run-fault", HTMLElement);
  let run: KeptRun | undefined;

  function show(kept: KeptRun): void {
    run = kept;
    const { step, steps, missing } = kept;
    notice.hidden = false;
    setText(byId("unfinished-text", HTMLElement), "train.unfinished", { step, steps });
    const note = byId("unfinished-missing", HTMLElement);
    note.hidden = missing.length === 0;
    setText(note, "train.missing", { files: missing.map(({ name }) => name).join(", ") });
    byId("resume", HTMLButtonElement).disabled = missing.length > 0;
  }

  async function attempt(job: () => Promise<void>): Promise<void> {
    clearFault(fault);
    try {
      await job();
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
    void attempt(() => worker.call("discard", undefined));
  });
  for (const id of ["save-unfinished", "save-paused"])
    byId(id, HTMLButtonElement).addEventListener("click", () => void attempt(save));

  const inputs = ["run-folder", "run-data"].map((id) => byId(id, HTMLInputElement));
  acceptFolders(byId("run-drop", HTMLElement), inputs, (files) => {
    void attempt(async () => {
      const kept = await worker.call("openRun", files);
      const [folder] = [...files.keys()].map((path) => /(^|\/)([^/]+)\.unfinished\//.exec(path)?.[2]).filter(Boolean);
      if (folder) keepChoice(TRAINING_ON, folder);
      if (kept?.state === "unfinished") show(kept);
    });
  });

  void worker.call("kept", undefined).then(
    (kept) => {
      if (kept?.state === "unfinished") show(kept);
      else if (kept) showFinished(kept);
    },
    () => {},
  );

  return {
    hide() {
      notice.hidden = true;
    },
  };
}
