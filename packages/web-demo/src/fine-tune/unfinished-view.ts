import { saveAsZip } from "../files/save-zip.ts";
import { modelWorker } from "../model/client.ts";
import type { SavedRun } from "../model/model.worker.ts";
import { saveChoice, TRAINING_ON } from "../page/choices.ts";
import { byId } from "../page/dom.ts";
import { acceptFolders } from "../page/drop.ts";
import { setText } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { ask } from "../page/question.ts";

/**
 * Asks whether the run that this page keeps may be replaced, if there is one.
 *
 * @param states states of a run that would be lost
 */
export async function mayReplace(...states: readonly SavedRun["state"][]): Promise<boolean> {
  const run = await modelWorker().call("savedRun", undefined);
  if (run === undefined || !states.includes(run.state)) return true;
  const { step, steps } = run;
  if (run.state === "finished") return ask("question.replace.finished", "question.replace");
  return ask("question.replace.unfinished", "question.replace", { step, steps });
}

/** Name of the saved directory. `bertie train --resume bertie-run` resumes the run. */
const FOLDER = "bertie-run.unfinished";

interface UnfinishedView {
  hide(): void;
  /** Shows the interrupted run that is saved now, if there is one. */
  refresh(): Promise<void>;
}

interface UnfinishedActions {
  resume(run: SavedRun): void;
  showFinished(run: SavedRun): void;
}

/**
 * Offers to resume, save or discard a run that was interrupted in the page or on the command line, or shows the result of a run
 * that was finished on an earlier visit.
 */
export function startUnfinishedView({ resume, showFinished }: UnfinishedActions): UnfinishedView {
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
    void withFaultShown(async () => {
      const { step = 0, steps = 0 } = run ?? {};
      if (!(await ask("question.discard", "question.discard.yes", { step, steps }))) return;
      notice.hidden = true;
      run = undefined;
      await worker.call("discard", undefined);
    });
  });
  for (const id of ["save-unfinished", "save-paused"])
    byId(id, HTMLButtonElement).addEventListener("click", () => void withFaultShown(save));

  const inputs = ["run-folder", "run-data"].map((id) => byId(id, HTMLInputElement));
  acceptFolders(byId("run-drop", HTMLElement), inputs, (files) => {
    void withFaultShown(async () => {
      const isRun = [...files.keys()].some((path) => /(^|\/)checkpoints\//.test(path));
      if (isRun && !(await mayReplace("unfinished"))) return;
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
    async refresh() {
      const savedRun = await worker.call("savedRun", undefined).catch(() => undefined);
      if (savedRun?.state === "unfinished") show(savedRun);
    },
  };
}
