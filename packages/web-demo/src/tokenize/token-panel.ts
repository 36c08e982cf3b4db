import { byId, element } from "../page/dom.ts";
import { formatNumber, text as textOf } from "../page/language.ts";
import { abbreviate } from "../page/truncate.ts";
import { markedParts } from "./marks.ts";
import { piecesOf } from "./pieces.ts";
import type { Side, TextAnswer } from "./tokenizer-service.ts";

const COLORS = 5;
const MAX_TOKEN = 100;

/** Tokens of a text: colored in the text, and listed with their ids. */
export interface TokenPanel {
  show(text: string, pair: string | undefined, answer: TextAnswer): void;
  hide(): void;
  /** Writes the summary again, in the language of the page. */
  translate(): void;
}

export function createTokenPanel(side: Side): TokenPanel {
  const suffix = side === "first" ? "" : "-2";
  const panel = byId(`tokens${suffix}`, HTMLElement);
  const paragraph = byId(`tokens-text${suffix}`, HTMLElement);
  const list = byId(`tokens-list${suffix}`, HTMLOListElement);
  const summary = byId(`tokens-summary${suffix}`, HTMLElement);
  let last: TextAnswer | undefined;
  linkHover(panel);

  return {
    show(text, pair, answer) {
      last = answer;
      panel.hidden = false;
      summary.textContent = summaryOf(answer);
      const { shown } = answer;
      const spansOf = (part: string, type: 0 | 1) =>
        piecesOf(part, shown, type).flatMap(({ text: piece, token }) => {
          const nodes = visible(piece);
          if (token === undefined) return nodes;
          return [element("span", { class: styleOf(token, shown.tokens[token]!), "data-token": token }, ...nodes)];
        });
      paragraph.replaceChildren(...spansOf(text, 0));
      if (pair !== undefined) paragraph.append(element("span", { class: "second" }, ...spansOf(pair, 1)));
      const items = shown.tokens.map((token, i) => {
        const style = shown.specialTokensMask[i] === 1 ? "special" : styleOf(i, token);
        const id = element("span", { class: "id" }, String(shown.ids[i]));
        return element("li", { class: style, "data-token": i }, abbreviate(token, MAX_TOKEN), id);
      });
      list.replaceChildren(...items);
    },
    hide() {
      last = undefined;
      panel.hidden = true;
    },
    translate() {
      if (last !== undefined) summary.textContent = summaryOf(last);
    },
  };
}

function styleOf(index: number, token: string): string {
  return `c${index % COLORS}${token === "[UNK]" ? " unknown" : ""}`;
}

/** Returns the nodes of a text, with marks on white space and other invisible characters. */
function visible(text: string): (Node | string)[] {
  return markedParts(text).map(({ text: part, mark, hasNoWidth }) =>
    mark === undefined ? part : element("i", { class: hasNoWidth ? "mark code" : "mark", "data-mark": mark }, part),
  );
}

/** Highlights a token in the list when the pointer is on its text, and vice versa. */
function linkHover(panel: HTMLElement): void {
  const tokenOf = ({ target }: Event) =>
    target instanceof Element ? target.closest<HTMLElement>("[data-token]")?.dataset.token : undefined;
  const light = (token: string | undefined) => {
    for (const lit of panel.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (token === undefined) return;
    for (const part of panel.querySelectorAll(`[data-token="${token}"]`)) part.classList.add("lit");
  };
  panel.addEventListener("pointerover", (event) => light(tokenOf(event)));
  panel.addEventListener("pointerleave", () => light(undefined));
}

function summaryOf({ tokens, truncated, unknown, characters, shown, milliseconds }: TextAnswer): string {
  const parts = [
    textOf("tokenize.summary", {
      tokens: formatNumber(tokens),
      characters: formatNumber(characters),
      milliseconds: formatNumber(milliseconds, milliseconds < 10 ? 1 : 0),
    }),
  ];
  if (unknown > 0) parts.push(textOf("tokenize.summary.unknown", { unknown: formatNumber(unknown) }));
  if (truncated > 0) parts.push(textOf("tokenize.summary.truncated", { truncated: formatNumber(truncated) }));
  if (shown.ids.length < tokens)
    parts.push(textOf("tokenize.summary.shown", { shown: formatNumber(shown.ids.length) }));
  return parts.join(" · ");
}
