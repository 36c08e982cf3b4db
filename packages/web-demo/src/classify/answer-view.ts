import type { Explanation } from "../model/explain.ts";
import { byId, element } from "../page/dom.ts";
import { formatNumber, setText } from "../page/language.ts";
import { piecesOf } from "../tokenize/pieces.ts";

/** The answer of a model: probabilities, and the sentence with what each token contributed. */
export interface AnswerView {
  show(text: { readonly text: string; readonly pair: string | undefined }, explanation: Explanation): void;
  hide(): void;
  /** The label that is to be explained, if one was chosen. */
  chosen(labels: readonly string[]): number | undefined;
}

/** @param onChoice is told when another label is to be explained */
export function createAnswerView(onChoice: () => void): AnswerView {
  const place = byId("answer", HTMLElement);
  const select = byId("explained", HTMLSelectElement);
  let wanted: string | undefined;
  select.addEventListener("change", () => {
    wanted = select.value;
    onChoice();
  });
  return {
    show(text, explanation) {
      place.hidden = false;
      showProbabilities(explanation);
      select.replaceChildren(...optionsOf(explanation));
      const label = explanation.labels[explanation.label]!;
      setText(byId("contributions-lead", HTMLElement), "classify.contributions.lead", { label });
      setText(byId("legend-for", HTMLElement), "classify.for", { label });
      showContributions(text, explanation);
      showTable(explanation);
    },
    hide() {
      place.hidden = true;
      wanted = undefined;
    },
    chosen(labels) {
      const label = wanted === undefined ? -1 : labels.indexOf(wanted);
      return label < 0 ? undefined : label;
    },
  };
}

function showProbabilities({ labels, probabilities }: Explanation): void {
  const order = labels.map((_, id) => id).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const bars = order.map((id) => {
    const value = `${formatNumber(100 * probabilities[id]!, 1)} %`;
    const attributes = { min: 0, max: 1, value: probabilities[id]!, "aria-label": labels[id]! };
    const exact = { class: "value", "data-probability": probabilities[id]! };
    return element(
      "li",
      {},
      element("span", {}, labels[id]!),
      element("meter", attributes),
      element("span", exact, value),
    );
  });
  byId("probabilities", HTMLUListElement).replaceChildren(...bars);
}

function optionsOf({ labels, label }: Explanation): HTMLOptionElement[] {
  return labels.map((name, id) => element("option", { value: name, selected: id === label }, name));
}

function showContributions(
  { text, pair }: { readonly text: string; readonly pair: string | undefined },
  explanation: Explanation,
): void {
  const { contributions, tokens } = explanation;
  const strongest = strongestOf(explanation);
  const digits = digitsFor(strongest);
  const spansOf = (part: string, type: 0 | 1) =>
    piecesOf(part, explanation, type).map((piece, i, all) => {
      if (piece.token === undefined) {
        const cut = i === all.length - 1 && piece.text.trim() !== "";
        return cut ? element("span", { class: "cut" }, piece.text) : document.createTextNode(piece.text);
      }
      const value = contributions[piece.token]!;
      const title = `${tokens[piece.token]}: ${formatContribution(value, digits)}`;
      const span = element("span", { class: value >= 0 ? "for" : "against", title }, piece.text);
      span.style.setProperty("--strength", `${Math.round((100 * Math.abs(value)) / strongest)}%`);
      return span;
    });
  const place = byId("contributions", HTMLElement);
  place.replaceChildren(...spansOf(text, 0));
  if (pair !== undefined) place.append(element("span", { class: "second" }, ...spansOf(pair, 1)));
  byId("contributions-cut", HTMLElement).hidden = place.querySelector(".cut") === null;
}

function showTable(explanation: Explanation): void {
  const { tokens, contributions } = explanation;
  const digits = digitsFor(strongestOf(explanation));
  const rows = tokens.map((token, i) =>
    element(
      "tr",
      {},
      element("td", {}, token),
      element("td", { class: "number" }, formatContribution(contributions[i]!, digits)),
    ),
  );
  byId("contributions-table", HTMLTableSectionElement).replaceChildren(...rows);
}

/** The largest contribution of a token of the text, without its sign. */
function strongestOf({ contributions, specialTokensMask }: Explanation): number {
  return Math.max(...contributions.filter((_, i) => specialTokensMask[i] === 0).map(Math.abs), 1e-12);
}

/** Decimals that show three digits of the largest value. */
function digitsFor(largest: number): number {
  return Math.min(Math.max(2 - Math.floor(Math.log10(largest)), 0), 9);
}

function formatContribution(value: number, digits: number): string {
  return `${value >= 0 ? "+" : "−"}${formatNumber(Math.abs(value), digits)}`;
}
