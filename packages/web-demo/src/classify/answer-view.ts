import type { ExplainedWord, Explanation, LabelScore } from "@bertie/classifier";
import type { ModelSummary, TextPair } from "../model/model-service.ts";
import { byId, element } from "../page/dom.ts";
import { formatNumber, setText, text } from "../page/language.ts";
import { piecesOf } from "../tokenize/pieces.ts";
import { showBars } from "./probability-bars.ts";

type ExplainedModel = Pick<ModelSummary, "labels" | "problemType">;

/** View of a prediction: the label probabilities, and the text with the contribution of each word. */
export interface AnswerView {
  /** Shows the probabilities, without the explanation of an earlier text. */
  showProbabilities(scores: readonly LabelScore[], model: ExplainedModel): void;
  /** Shows how the prediction changes without each word. */
  explain(text: TextPair, explanation: Explanation, model: ExplainedModel): void;
  /** Marks the answer as one to an earlier text. */
  markStale(): void;
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
    showProbabilities(scores, { problemType }) {
      showBars(byId("probabilities", HTMLUListElement), scores, problemType);
      explanationPart.hidden = true;
      answer.hidden = false;
      answer.removeAttribute("aria-busy");
    },
    explain(text, explanation, { labels, problemType }) {
      const { label } = explanation;
      select.replaceChildren(
        ...labels.map((name) => element("option", { value: name, selected: name === label }, name)),
      );
      const score = explanation.labels.find((each) => each.label === label)?.score ?? Number.NaN;
      const isValue = problemType === "regression";
      const key = isValue ? "classify.contributions.lead.value" : "classify.contributions.lead";
      setText(byId("contributions-lead", HTMLElement), key, { label, percent: formatNumber(100 * score, 1) });
      setText(byId("legend-for", HTMLElement), "classify.for", { label });
      showContributions(text, explanation, isValue);
      showTable(explanation, isValue);
      explanationPart.hidden = false;
    },
    markStale() {
      answer.setAttribute("aria-busy", "true");
    },
    hide() {
      answer.hidden = true;
      chosenLabel = undefined;
    },
    chosen: (labels) => labels.find((label) => label === chosenLabel),
  };
}

function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** Returns the probability of the explained label without a word, in percent. */
function percentWithout({ logOdds }: Explanation, { contribution }: ExplainedWord): string {
  return `${formatNumber(100 * probabilityOf(logOdds - contribution), 1)}%`;
}

function showContributions({ text: first, pair }: TextPair, explanation: Explanation, isValue: boolean): void {
  const { words } = explanation;
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
      const word = words[piece.token]!;
      const { contribution } = word;
      const title = isValue
        ? formatContribution(-contribution, digits)
        : text("classify.without.title", { word: word.text, percent: percentWithout(explanation, word) });
      const span = element("span", { class: contribution >= 0 ? "for" : "against", title }, piece.text);
      span.style.setProperty("--strength", `${Math.round((100 * Math.abs(contribution)) / strongest)}%`);
      return span;
    });
  const paragraph = byId("contributions", HTMLElement);
  paragraph.replaceChildren(...spansOf(first, 0));
  if (pair !== undefined) paragraph.append(element("span", { class: "second" }, ...spansOf(pair, 1)));
  byId("contributions-truncated", HTMLElement).hidden = paragraph.querySelector(".truncated") === null;
}

function showTable(explanation: Explanation, isValue: boolean): void {
  const { words } = explanation;
  const digits = digitsFor(largestContribution(words));
  byId("without-head", HTMLElement).hidden = isValue;
  const rows = words.map((word) =>
    element(
      "tr",
      {},
      element("td", {}, word.text),
      ...(isValue ? [] : [element("td", {}, percentWithout(explanation, word))]),
      element("td", { class: "number" }, formatContribution(-word.contribution, digits)),
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
