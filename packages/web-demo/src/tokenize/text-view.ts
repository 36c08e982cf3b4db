import { byId, debounce, element } from "../page/dom.ts";
import { formatNumber, onLanguage, type TextKey, text as textOf, type Values } from "../page/language.ts";
import { clearFault, showFault } from "../page/notices.ts";
import { connect } from "../workers/connect.ts";
import { piecesOf } from "./pieces.ts";
import type { TextAnswer, TokenizerService } from "./tokenizer.worker.ts";
import type { VocabularyChoice } from "./vocabulary-view.ts";

const EXAMPLES = {
  text: "BERT 把文本切分成词元：tokenization, 房间很干净，服务也好！Café naïveté 😀",
  pair: "",
};
const COLORS = 5;

export type Limits = () => { readonly maxLength: number | undefined; readonly addSpecialTokens: boolean };

/** Sets up the tokenization of typed text: tokens are colored in the text and listed with their ids. */
export function startText(choice: VocabularyChoice, limits: Limits): void {
  const worker = new Worker(new URL("./tokenizer.worker.ts", import.meta.url), { type: "module" });
  const tokenizer = connect<TokenizerService>(worker);
  const text = byId("text", HTMLTextAreaElement);
  const pair = byId("pair", HTMLInputElement);
  const fault = byId("tokenize-fault", HTMLElement);
  text.value = EXAMPLES.text;

  let opening: Promise<unknown> = Promise.resolve();
  let requests = 0;
  let last: TextAnswer | undefined;

  async function open(): Promise<void> {
    opening = tokenizer.call("open", choice.settings()).then((opened) => {
      choice.showOpened(opened);
      clearFault(fault);
      const [first] = opened.warnings;
      if (first !== undefined) showWarning("tokenize.warnings", { count: opened.warnings.length, first });
    });
    await encode();
  }

  async function encode(): Promise<void> {
    const number = ++requests;
    try {
      await opening;
      const request = { text: text.value, pair: pair.value === "" ? undefined : pair.value, ...limits() };
      const answer = await tokenizer.call("encode", request);
      if (number !== requests) return; // the text has changed in the meantime
      last = answer;
      clearFault(fault);
      show(request.text, request.pair, answer);
    } catch (error) {
      showFault(fault, error);
    }
  }

  function showWarning(key: TextKey, values: Values): void {
    fault.hidden = false;
    fault.textContent = textOf(key, values);
  }

  const soon = debounce(30, () => void encode());
  for (const field of [text, pair, byId("max-length", HTMLInputElement), byId("special", HTMLInputElement)])
    field.addEventListener("input", soon);
  choice.onChange(() => void open());
  onLanguage(() => last && summarize(last, text.value.length));
  void open();
}

function show(text: string, pair: string | undefined, answer: TextAnswer): void {
  summarize(answer, text.length + (pair?.length ?? 0));
  const { shown } = answer;
  const list = byId("tokens-list", HTMLOListElement);
  const items = shown.tokens.map((token, i) => {
    const special = shown.specialTokensMask[i] === 1;
    const style = special ? "special" : styleOf(i, token);
    return element("li", { class: style }, token, element("span", { class: "id" }, String(shown.ids[i])));
  });
  const spansOf = (part: string, type: 0 | 1) =>
    piecesOf(part, shown, type).map(({ text: piece, token }) => {
      if (token === undefined) return document.createTextNode(piece);
      const span = element("span", { class: styleOf(token, shown.tokens[token]!) }, piece);
      linkHover(span, items[token]!);
      return span;
    });
  const paragraph = byId("tokens-text", HTMLElement);
  paragraph.replaceChildren(...spansOf(text, 0));
  if (pair !== undefined) paragraph.append(element("span", { class: "second" }, ...spansOf(pair, 1)));
  list.replaceChildren(...items);
}

function styleOf(index: number, token: string): string {
  return `c${index % COLORS}${token === "[UNK]" ? " unknown" : ""}`;
}

/** Highlights the token in the list when the pointer is on its text, and vice versa. */
function linkHover(span: HTMLElement, item: HTMLElement): void {
  for (const [here, there] of [
    [span, item],
    [item, span],
  ] as const) {
    here.addEventListener("pointerenter", () => there.classList.add("lit"));
    here.addEventListener("pointerleave", () => there.classList.remove("lit"));
  }
}

function summarize({ tokens, truncated, unknown, shown, milliseconds }: TextAnswer, characters: number): void {
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
  byId("tokens-summary", HTMLElement).textContent = parts.join(" · ");
}
