import type { ExplainedWord, Explanation, LabelScore } from "@bertie/classifier";
import { byId, element } from "../page/dom.ts";
import { formatNumber, setText } from "../page/language.ts";
import { piecesOf } from "../tokenize/pieces.ts";

interface TextPair {
  readonly text: string;
  readonly pair: string | undefined;
}

/** View of a prediction: the label probabilities, and the text with the contribution of each word. */
export interface AnswerView {
  /**
   * Shows the probabilities and the contribution of each word.
   *
   * @param labels labels to choose from, in the order of the list
   */
  show(text: TextPair, explanation: Explanation, labels: readonly string[]): void;
  /** Shows only the probabilities, for a model that cannot explain its prediction. */
  showProbabilities(labels: readonly LabelScore[]): void;
  hide(): void;
  /** Returns the label that the user chose to explain, if it is one of `labels`. */
  chosen(labels: readonly string[]): string | undefined;
}

/**
 * Creates the view of a prediction.
 *
 * @param onChoice called when the user chooses another label to explain
 */
export function createAnswerView(onChoice: () => void): AnswerView {
  const answer = byId("answer", HTMLElement);
  const explanationPart = byId("explanation", HTMLElement);
  const select = byId("explained", HTMLSelectElement);
  let chosenLabel: string | undefined;
  select.addEventListener("change", () => {
    chosenLabel = select.value;
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
      explanationPart.hidden = false;
      answer.hidden = false;
    },
    showProbabilities(labels) {
      showProbabilities(labels);
      explanationPart.hidden = true;
      answer.hidden = false;
    },
    hide() {
      answer.hidden = true;
      chosenLabel = undefined;
    },
    chosen: (labels) => labels.find((label) => label === chosenLabel),
  };
}

function showProbabilities(labels: readonly LabelScore[]): void {
  const bars = labels.map(({ label, score }) =>
    element(
      "li",
      {},
      element("span", {}, label),
      element("meter", { min: 0, max: 1, value: score, "aria-label": label }),
      element("span", { class: "value", "data-probability": score }, `${formatNumber(100 * score, 1)}%`),
    ),
  );
  byId("probabilities", HTMLUListElement).replaceChildren(...bars);
}

function showContributions({ text, pair }: TextPair, words: readonly ExplainedWord[]): void {
  const strongest = largestContribution(words);
  const digits = digitsFor(strongest);
  const spans = {
    offsets: words.map(({ start, end }) => [start, end] as const),
    typeIds: words.map(({ part }) => part),
    specialTokensMask: words.map(() => 0),
  };
  const spansOf = (source: string, part: 0 | 1) =>
    piecesOf(source, spans, part).map((piece, i, all) => {
      if (piece.token === undefined) {
        const truncated = i === all.length - 1 && piece.text.trim() !== "";
        return truncated ? element("span", { class: "truncated" }, piece.text) : document.createTextNode(piece.text);
      }
      const { contribution, tokens } = words[piece.token]!;
      const title = `${tokens.join(" ")}: ${formatContribution(contribution, digits)}`;
      const span = element("span", { class: contribution >= 0 ? "for" : "against", title }, piece.text);
      span.style.setProperty("--strength", `${Math.round((100 * Math.abs(contribution)) / strongest)}%`);
      return span;
    });
  const paragraph = byId("contributions", HTMLElement);
  paragraph.replaceChildren(...spansOf(text, 0));
  if (pair !== undefined) paragraph.append(element("span", { class: "second" }, ...spansOf(pair, 1)));
  byId("contributions-truncated", HTMLElement).hidden = paragraph.querySelector(".truncated") === null;
}

function showTable(words: readonly ExplainedWord[]): void {
  const digits = digitsFor(largestContribution(words));
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

/** Returns the largest absolute contribution. */
function largestContribution(words: readonly ExplainedWord[]): number {
  return Math.max(...words.map(({ contribution }) => Math.abs(contribution)), 1e-12);
}

/** Returns the number of decimals that shows three significant digits of the largest value. */
function digitsFor(largest: number): number {
  return Math.min(Math.max(2 - Math.floor(Math.log10(largest)), 0), 9);
}

function formatContribution(value: number, digits: number): string {
  return `${value >= 0 ? "+" : "−"}${formatNumber(Math.abs(value), digits)}`;
}
