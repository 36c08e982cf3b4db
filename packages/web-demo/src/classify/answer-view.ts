import type { ExplainedWord, Explanation, LabelScore } from "@bertie/classifier";
import { byId, element } from "../page/dom.ts";
import { formatNumber, setText } from "../page/language.ts";
import { piecesOf } from "../tokenize/pieces.ts";

interface TextPair {
  readonly text: string;
  readonly pair: string | undefined;
}

/** The answer of a model: probabilities, and the sentence with what each word contributed. */
export interface AnswerView {
  /** @param labels in the order in which they can be chosen */
  show(text: TextPair, explanation: Explanation, labels: readonly string[]): void;
  /** Shows the answer of a model that cannot explain it. */
  showProbabilities(labels: readonly LabelScore[]): void;
  hide(): void;
  /** The label that is to be explained, if one of these was chosen. */
  chosen(labels: readonly string[]): string | undefined;
}

/** @param onChoice is told when another label is to be explained */
export function createAnswerView(onChoice: () => void): AnswerView {
  const place = byId("answer", HTMLElement);
  const reasons = byId("explanation", HTMLElement);
  const select = byId("explained", HTMLSelectElement);
  let wanted: string | undefined;
  select.addEventListener("change", () => {
    wanted = select.value;
    onChoice();
  });
  return {
    show(text, explanation, labels) {
      const { label } = explanation;
      showProbabilities(explanation.labels);
      select.replaceChildren(
        ...labels.map((name) => element("option", { value: name, selected: name === label }, name)),
      );
      setText(byId("contributions-lead", HTMLElement), "classify.contributions.lead", { label });
      setText(byId("legend-for", HTMLElement), "classify.for", { label });
      showContributions(text, explanation.words);
      showTable(explanation.words);
      reasons.hidden = false;
      place.hidden = false;
    },
    showProbabilities(labels) {
      showProbabilities(labels);
      reasons.hidden = true;
      place.hidden = false;
    },
    hide() {
      place.hidden = true;
      wanted = undefined;
    },
    chosen: (labels) => labels.find((label) => label === wanted),
  };
}

function showProbabilities(labels: readonly LabelScore[]): void {
  const bars = labels.map(({ label, score }) =>
    element(
      "li",
      {},
      element("span", {}, label),
      element("meter", { min: 0, max: 1, value: score, "aria-label": label }),
      element("span", { class: "value", "data-probability": score }, `${formatNumber(100 * score, 1)} %`),
    ),
  );
  byId("probabilities", HTMLUListElement).replaceChildren(...bars);
}

function showContributions({ text, pair }: TextPair, words: readonly ExplainedWord[]): void {
  const strongest = strongestOf(words);
  const digits = digitsFor(strongest);
  const spans = {
    offsets: words.map(({ start, end }) => [start, end] as const),
    typeIds: words.map(({ part }) => part),
    specialTokensMask: words.map(() => 0),
  };
  const spansOf = (source: string, part: 0 | 1) =>
    piecesOf(source, spans, part).map((piece, i, all) => {
      if (piece.token === undefined) {
        const cut = i === all.length - 1 && piece.text.trim() !== "";
        return cut ? element("span", { class: "cut" }, piece.text) : document.createTextNode(piece.text);
      }
      const { contribution, tokens } = words[piece.token]!;
      const title = `${tokens.join(" ")}: ${formatContribution(contribution, digits)}`;
      const span = element("span", { class: contribution >= 0 ? "for" : "against", title }, piece.text);
      span.style.setProperty("--strength", `${Math.round((100 * Math.abs(contribution)) / strongest)}%`);
      return span;
    });
  const place = byId("contributions", HTMLElement);
  place.replaceChildren(...spansOf(text, 0));
  if (pair !== undefined) place.append(element("span", { class: "second" }, ...spansOf(pair, 1)));
  byId("contributions-cut", HTMLElement).hidden = place.querySelector(".cut") === null;
}

function showTable(words: readonly ExplainedWord[]): void {
  const digits = digitsFor(strongestOf(words));
  const rows = words.map(({ text, contribution }) =>
    element(
      "tr",
      {},
      element("td", {}, text),
      element("td", { class: "number" }, formatContribution(contribution, digits)),
    ),
  );
  byId("contributions-table", HTMLTableSectionElement).replaceChildren(...rows);
}

/** The largest contribution, without its sign. */
function strongestOf(words: readonly ExplainedWord[]): number {
  return Math.max(...words.map(({ contribution }) => Math.abs(contribution)), 1e-12);
}

/** Decimals that show three digits of the largest value. */
function digitsFor(largest: number): number {
  return Math.min(Math.max(2 - Math.floor(Math.log10(largest)), 0), 9);
}

function formatContribution(value: number, digits: number): string {
  return `${value >= 0 ? "+" : "−"}${formatNumber(Math.abs(value), digits)}`;
}
