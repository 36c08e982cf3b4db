import { byId, element } from "../page/dom.ts";
import { formatNumber, setText, text } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { connect } from "../workers/connect.ts";
import type { Comparison } from "./compare.ts";
import type { CorpusService } from "./corpus-service.ts";
import type { VocabularyChoice } from "./vocabulary-view.ts";

/** Sets up the comparison with another tokenizer, on the typed text or the dropped file, whichever is newer. */
export function startComparison(choice: VocabularyChoice, corpus: { file(): File | undefined }): void {
  const button = byId("compare", HTMLButtonElement);
  const output = byId("compare-result", HTMLElement);
  const fault = byId("compare-fault", HTMLElement);
  const typed = byId("text", HTMLTextAreaElement);
  let outdatedFile: File | undefined;
  typed.addEventListener("input", () => {
    outdatedFile = corpus.file();
  });
  button.addEventListener("click", async () => {
    clearFault(fault);
    button.disabled = true;
    setText(button, "compare.running");
    // A separate worker, because stopping the tokenization of a file terminates its worker.
    const worker = new Worker(new URL("./corpus.worker.ts", import.meta.url), { type: "module" });
    try {
      const file = corpus.file();
      const source = file === outdatedFile || file === undefined ? typed.value : file;
      const result = await connect<CorpusService>(worker).call("compare", { source, ...choice.settings() });
      output.replaceChildren(nameOf(source), timesOf(result), ...differencesOf(result));
    } catch (error) {
      showFault(fault, error);
    } finally {
      worker.terminate();
      button.disabled = false;
      setText(button, "compare.run");
    }
  });
}

function nameOf(source: File | string): HTMLElement {
  const heading = element("p");
  if (typeof source === "string") setText(heading, "compare.of.text");
  else setText(heading, "compare.of.file", { name: source.name });
  return heading;
}

function timesOf({ bytes, seconds, peerSeconds }: Comparison): HTMLElement {
  const row = (name: string, time: number) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", { class: "number" }, formatNumber(time * 1000, 1)),
      element("td", { class: "number" }, formatNumber(bytes / 1e6 / time, 1)),
    );
  const head = element("tr", {}, column("compare.tokenizer"), column("compare.time"), column("compare.speed"));
  const body = element("tbody", {}, row("Bertie", seconds), row("@huggingface/tokenizers", peerSeconds));
  return element("table", {}, element("thead", {}, head), body);
}

function differencesOf({ lines, different, examples }: Comparison): HTMLElement[] {
  const summary = element("p");
  if (different === 0) {
    setText(summary, "compare.same", { lines: formatNumber(lines) });
    return [summary];
  }
  setText(summary, "compare.different", { different: formatNumber(different), lines: formatNumber(lines) });
  const rows = examples.map(({ line, tokens, peer }) =>
    element(
      "tr",
      {},
      element("td", { class: "number" }, formatNumber(line)),
      element("td", {}, around(tokens, peer)),
      element("td", {}, around(peer, tokens)),
    ),
  );
  const names = ["Bertie", "@huggingface/tokenizers"].map((name) => element("th", { scope: "col" }, name));
  const head = element("thead", {}, element("tr", {}, column("compare.line"), ...names));
  const table = element("table", {}, head, element("tbody", {}, ...rows));
  const label = text("compare.title");
  return [summary, element("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": label }, table)];
}

/** Returns the tokens around the first difference of two rows. */
function around(tokens: readonly string[], others: readonly string[]): string {
  const first = tokens.findIndex((token, i) => token !== others[i]);
  const position = first < 0 ? tokens.length : first;
  const [from, to] = [Math.max(position - 3, 0), position + 6];
  return `${from > 0 ? "… " : ""}${tokens.slice(from, to).join(" ")}${to < tokens.length ? " …" : ""}`;
}

function column(key: "compare.tokenizer" | "compare.time" | "compare.speed" | "compare.line"): HTMLElement {
  const cell = element("th", { scope: "col" });
  if (key === "compare.time" || key === "compare.speed") cell.className = "number";
  setText(cell, key);
  return cell;
}
