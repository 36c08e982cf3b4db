import { html, type Markup } from "../html/markup.ts";
import { number, percent, signed } from "../html/numbers.ts";
import { table } from "../html/table.ts";
import { textBlock } from "../html/text.ts";
import type { ExplainedSpan, Mistake, ReportData, Suspect } from "../report-data.ts";

const MAX_MISTAKES = 20;
const MAX_SUSPECTS = 50;
const MAX_NAMED_WORDS = 5;
const MAX_MARKED = 1200;

/** Creates the list of the worst mistakes, with the contributions of their words where they are known. */
export function mistakesSection({ mistakes, mistakeCount, problemType }: ReportData): Markup {
  const shown = mistakes.slice(0, MAX_MISTAKES);
  const explained = shown.filter(({ words }) => words !== undefined).length;
  const order = problemType === "regression" ? "the largest errors" : "the most confident";
  return html`<p>${
    mistakeCount !== undefined && mistakeCount > shown.length
      ? `${number(shown.length)} of ${number(mistakeCount)} wrong predictions, ${order} first.`
      : shown.length === 1
        ? "The only wrong prediction."
        : `All ${number(shown.length)} wrong predictions, ${order} first.`
  } A confident mistake is often a wrong label in the data.</p>
<p class="soft">${
    explained > 0
      ? "Underlined words support the wrong prediction; words with a dotted underline contradict it. Each number is the change in the log-odds of the prediction if the word is removed."
      : "No mistake is explained. Explanations are for single labels, and are skipped if they would take more than a tenth of the duration of the run."
  }${explained > 0 && explained < shown.length && ` ${number(shown.length - explained)} of these rows ${shown.length - explained === 1 ? "is" : "are"} not explained, to save time.`}</p>
<ol class="rows">
${shown.map((mistake) => html`<li>${mistakeItem(mistake)}</li>\n`)}</ol>
`;
}

function mistakeItem({ id, text, pair, label, predicted, probability, words = [] }: Mistake): Markup {
  const part = (index: 0 | 1, contents: string) => {
    const spans = words.filter((word) => word.part === index);
    return spans.length === 0 || contents.length > MAX_MARKED ? textBlock(contents) : markedText(contents, spans);
  };
  return html`<span class="soft">${id}:</span> predicted <strong dir="auto">${predicted}</strong>${
    probability !== undefined && ` (${percent(probability)})`
  }, labeled <strong dir="auto">${label}</strong>
${part(0, text)}${pair !== undefined && part(1, pair)}${words.length > 0 && namedWords(text, pair, words)}`;
}

/** Marks the words of a text. The strength of the background is the size of the contribution. */
function markedText(text: string, spans: readonly ExplainedSpan[]): Markup {
  const largest = Math.max(1e-9, ...spans.map(({ contribution }) => Math.abs(contribution)));
  let end = 0;
  const parts = spans
    .toSorted((a, b) => a.start - b.start)
    .map((span) => {
      const before = text.slice(end, Math.max(end, span.start));
      const word = text.slice(Math.max(end, span.start), span.end);
      end = Math.max(end, span.end);
      const share = Math.abs(span.contribution) / largest;
      if (!(share >= 0.1)) return html`${before}${word}`;
      const kind = span.contribution > 0 ? "for" : "against";
      return html`${before}<span class="${kind}" style="--share: ${share.toFixed(2)}">${word}</span>`;
    });
  return html`<p class="text" dir="auto">${parts}${text.slice(end)}</p>\n`;
}

/** Names the words with the largest contributions, as an alternative to the marks. */
function namedWords(text: string, pair: string | undefined, words: readonly ExplainedSpan[]): Markup {
  const name = ({ part, start, end, contribution }: ExplainedSpan) =>
    html`<bdi>${(part === 0 ? text : (pair ?? "")).slice(start, end)}</bdi> (${signed(contribution)})`;
  const list = (chosen: readonly ExplainedSpan[]) =>
    chosen.slice(0, MAX_NAMED_WORDS).map((word, i) => html`${i > 0 && ", "}${name(word)}`);
  const sorted = words.toSorted((a, b) => b.contribution - a.contribution);
  const supporting = sorted.filter(({ contribution }) => contribution > 0);
  const opposing = sorted.filter(({ contribution }) => contribution < 0).toReversed();
  return html`<p class="soft">${supporting.length > 0 && html`Supports the prediction: ${list(supporting)}. `}${
    opposing.length > 0 && html`Contradicts it: ${list(opposing)}.`
  }</p>\n`;
}

/** Creates the table of rows that are probably mislabeled. */
export function suspectsSection(suspects: readonly Suspect[]): Markup {
  const shown = suspects.slice(0, MAX_SUSPECTS);
  return html`<p>Models that were not trained on these rows confidently predict another label. Check the rows: either the label is wrong, or the text is hard.</p>
${table(
  `Rows that are probably mislabeled${shown.length < suspects.length ? `: ${number(shown.length)} of ${number(suspects.length)}` : ""}`,
  [
    { title: "Row" },
    { title: "Label" },
    { title: "Suggested label" },
    { title: "Confidence", numeric: true },
    { title: "Text" },
  ],
  shown.map(({ id, label, suggested, confidence, text }) => [
    id,
    html`<bdi>${label}</bdi>`,
    html`<bdi>${suggested}</bdi>`,
    percent(confidence),
    textBlock(text),
  ]),
)}`;
}
