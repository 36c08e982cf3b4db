import { announce } from "../page/announce.ts";
import { byId, element } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { formatMegabytes, formatNumber, setText, text } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { type Connection, connect } from "../workers/connect.ts";
import type { CorpusProgress, CorpusResult, CorpusService } from "./corpus-service.ts";
import type { OutputFormat } from "./outputs.ts";
import type { Limits } from "./text-view.ts";
import type { VocabularyChoice } from "./vocabulary-view.ts";

/** Tokenization of files. */
export interface Corpus {
  /** Returns the last file. */
  file(): File | undefined;
  /** Tokenizes a file. */
  open(file: File): void;
}

/** Sets up the tokenization of files. */
export function startCorpus(choice: VocabularyChoice, limits: Limits): Corpus {
  const drop = byId("corpus-drop", HTMLElement);
  const stop = byId("corpus-stop", HTMLButtonElement);
  const fault = byId("corpus-fault", HTMLElement);
  let current: { worker: Worker; connection: Connection<CorpusService> } | undefined;
  let last: File | undefined;

  /** Returns the worker, which is created again after a stop. */
  function worker(): Connection<CorpusService> {
    if (current === undefined) {
      const created = new Worker(new URL("./corpus.worker.ts", import.meta.url), { type: "module" });
      current = { worker: created, connection: connect<CorpusService>(created) };
    }
    return current.connection;
  }

  /** Terminates the worker and discards its output. */
  function end(): void {
    current?.worker.terminate();
    current = undefined;
  }

  let runs = 0;
  async function run(file: File): Promise<void> {
    if (!stop.hidden) end();
    const turn = ++runs;
    last = file;
    clearFault(fault);
    byId("corpus-run", HTMLElement).hidden = false;
    byId("corpus-files", HTMLElement).replaceChildren();
    byId("corpus-invalid", HTMLElement).hidden = true;
    stop.hidden = false;
    showProgress(file, { bytes: 0, rows: 0, tokens: 0, invalid: 0, seconds: 0 });
    const format = byId("corpus-format", HTMLSelectElement).value as OutputFormat;
    try {
      const request = { file, format, ...choice.settings(), ...limits() };
      const result = await worker().call("encode", request, (progress) => showProgress(file, progress));
      showResult(file, result);
      announce(byId("corpus-status", HTMLElement).textContent ?? "");
    } catch (error) {
      byId("corpus-run", HTMLElement).hidden = true;
      showFault(fault, error);
    }
    if (turn === runs) stop.hidden = true;
  }

  acceptFiles(drop, byId("corpus-file", HTMLInputElement), ([file]) => void run(file!));
  stop.addEventListener("click", () => {
    end();
    stop.hidden = true;
    setText(byId("corpus-status", HTMLElement), "corpus.stopped");
    announce(text("corpus.stopped"));
  });
  return { file: () => last, open: (file) => void run(file) };
}

function showProgress({ name, size }: File, { bytes, seconds }: CorpusProgress): void {
  const bar = byId("corpus-progress", HTMLProgressElement);
  bar.value = size === 0 ? 1 : bytes / size;
  setText(byId("corpus-status", HTMLElement), "corpus.running", {
    name,
    done: formatMegabytes(bytes),
    total: formatMegabytes(size),
    speed: speedOf(bytes, seconds),
  });
}

function showResult({ name }: File, result: CorpusResult): void {
  const { bytes, rows, tokens, invalid, seconds, encoding, files } = result;
  byId("corpus-progress", HTMLProgressElement).value = 1;
  setText(byId("corpus-status", HTMLElement), "corpus.done", {
    name,
    rows: formatNumber(rows),
    tokens: formatNumber(tokens),
    seconds: formatNumber(seconds, 1),
    speed: speedOf(bytes, seconds),
  });
  const note = byId("corpus-invalid", HTMLElement);
  note.hidden = invalid === 0 && encoding === "UTF-8";
  if (invalid > 0) setText(note, "corpus.invalid", { count: formatNumber(invalid) });
  else setText(note, "corpus.encoding", { encoding });
  const stem = name.replace(/\.[^.]+$/, "");
  const links = files.map(({ suffix, file }) => {
    const link = element("a", { class: "button", href: URL.createObjectURL(file), download: stem + suffix });
    setText(link, "corpus.save", { name: stem + suffix });
    return link;
  });
  byId("corpus-files", HTMLElement).replaceChildren(...links);
}

function speedOf(bytes: number, seconds: number): string {
  return seconds === 0 ? "–" : formatNumber(bytes / 1e6 / seconds);
}
