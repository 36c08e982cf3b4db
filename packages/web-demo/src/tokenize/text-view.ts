import { announce } from "../page/announce.ts";
import { copyText } from "../page/clipboard.ts";
import { byId, debounce } from "../page/dom.ts";
import { formatNumber, language, onLanguage, setText, text as textOf } from "../page/language.ts";
import { clearFault, showFault, showWarning } from "../page/notices.ts";
import { shownView } from "../page/routes.ts";
import { connect } from "../workers/connect.ts";
import { hashOf, stateOf, type TokenizeState } from "./address.ts";
import { type CopyFormat, countCodePoints } from "./copies.ts";
import { limitLength } from "./long-text.ts";
import { createTokenPanel, type TokenPanel } from "./token-panel.ts";
import type { Side, TokenizerService } from "./tokenizer-service.ts";
import type { VocabularyChoice } from "./vocabulary-view.ts";

const EXAMPLES = {
  zh: "BERT 把文本切分成词元：tokenization，房间很干净，服务也好！Café naïveté 😀",
  en: "BERT splits text into tokens: tokenization, unaffable, café, naïveté, 房间 😀",
} as const;
const COPIES: readonly CopyFormat[] = ["ids", "tokens", "json"];

export type Limits = () => { readonly maxLength: number | undefined; readonly addSpecialTokens: boolean };

/**
 * Sets up the tokenization of typed text. The address holds the text and the options, so that it can be shared.
 *
 * @param onLongText called with a text that is too long for the field, as a file
 */
export function startText(choice: VocabularyChoice, limits: Limits, onLongText: (file: File) => void): void {
  const worker = new Worker(new URL("./tokenizer.worker.ts", import.meta.url), { type: "module" });
  const tokenizer = connect<TokenizerService>(worker);
  const text = byId("text", HTMLTextAreaElement);
  const pair = byId("pair", HTMLInputElement);
  const fault = byId("tokenize-fault", HTMLElement);
  const warning = byId("tokenize-warning", HTMLElement);
  const panels: Readonly<Record<Side, TokenPanel>> = {
    first: createTokenPanel("first"),
    second: createTokenPanel("second"),
  };
  let opening: Promise<unknown> = Promise.resolve();
  let requests = 0;
  /** Whether the text is the example, which follows the language of the page. */
  let isExample = true;

  const request = (side: Side) => ({
    ...{ side, text: text.value, pair: pair.value === "" ? undefined : pair.value },
    ...limits(),
  });

  async function openVocabularies(): Promise<void> {
    clearFault(fault);
    clearFault(warning);
    try {
      const opened = await tokenizer.call("open", { side: "first", ...choice.settings() });
      choice.accept(opened);
      const [first] = opened.warnings;
      if (first !== undefined) showWarning(warning, "tokenize.warnings", { count: opened.warnings.length, first });
    } catch (error) {
      showFault(fault, error);
      choice.reject();
    }
    const second = choice.secondSettings();
    if (second !== undefined) await tokenizer.call("open", { side: "second", ...second });
  }

  async function open(): Promise<void> {
    opening = opening.then(openVocabularies, openVocabularies);
    await encode();
  }

  async function encode(): Promise<void> {
    const number = ++requests;
    try {
      await opening;
      for (const side of ["first", "second"] as const) {
        if (side === "second" && choice.secondSettings() === undefined) {
          panels.second.hide();
          continue;
        }
        const asked = request(side);
        const answer = await tokenizer.call("encode", asked);
        if (number !== requests) return; // the text has changed in the meantime
        panels[side].show(asked.text, asked.pair, answer);
        if (side === "first") announce(textOf("tokenize.announcement", { tokens: formatNumber(answer.tokens) }));
      }
      updateAddress();
    } catch (error) {
      showFault(fault, error);
    }
  }

  function state(): TokenizeState {
    const { vocabulary } = choice.settings();
    const second = choice.secondSettings()?.vocabulary;
    const { maxLength, addSpecialTokens } = limits();
    return {
      text: text.value,
      pair: pair.value,
      ...(typeof vocabulary === "string" && { vocabulary }),
      ...(typeof second === "string" && { second }),
      ...{ lowercase: byId("lowercase", HTMLInputElement).checked, special: addSpecialTokens },
      ...(maxLength !== undefined && { maxLength }),
    };
  }

  const updateAddress = debounce(300, () => {
    if (shownView() !== "tokenize" || (isExample && !location.hash.includes("?"))) return;
    history.replaceState(history.state, "", hashOf(state()) ?? "#tokenize");
  });

  function apply({
    text: shared,
    pair: other,
    vocabulary,
    second,
    lowercase,
    special,
    maxLength,
  }: TokenizeState): void {
    isExample = shared === undefined;
    if (shared !== undefined) text.value = shared;
    pair.value = other ?? "";
    choice.select(vocabulary ?? language(), second, lowercase ?? true);
    byId("special", HTMLInputElement).checked = special ?? true;
    byId("max-length", HTMLInputElement).value = maxLength === undefined ? "" : String(maxLength);
  }

  async function copy(button: HTMLButtonElement, content: Promise<string>): Promise<void> {
    try {
      await copyText(content);
      const { text: label } = button.dataset;
      setText(button, "tokenize.copied");
      announce(textOf("tokenize.copied"));
      setTimeout(() => setText(button, label as "tokenize.copy.ids"), 1500);
    } catch (error) {
      showFault(fault, error);
    }
  }

  for (const format of COPIES) {
    const button = byId(`copy-${format}`, HTMLButtonElement);
    button.addEventListener("click", () => {
      void copy(button, tokenizer.call("copy", { ...request("first"), format }));
    });
  }
  const share = byId("copy-link", HTMLButtonElement);
  share.addEventListener("click", () => {
    const shared = state();
    const hash = hashOf(shared);
    if (hash === undefined) showWarning(warning, "tokenize.copy.too-long");
    else if (shared.vocabulary === undefined) showWarning(warning, "tokenize.copy.own");
    if (hash !== undefined) void copy(share, Promise.resolve(new URL(hash, location.href).href));
  });

  const soon = debounce(30, () => void encode());
  for (const field of [text, pair, byId("max-length", HTMLInputElement), byId("special", HTMLInputElement)])
    field.addEventListener("input", () => {
      isExample &&= field !== text;
      soon();
    });
  for (const field of [text, pair])
    limitLength(field, (long) => {
      const [limit, length] = [field.value, long].map((each) => formatNumber(countCodePoints(each)));
      showWarning(warning, "tokenize.long", { limit: limit!, length: length! });
      onLongText(new File([long], "text.txt", { type: "text/plain" }));
    });
  choice.onChange(() => void open());
  onLanguage(() => {
    for (const panel of Object.values(panels)) panel.translate();
    if (!isExample) return;
    text.value = EXAMPLES[language()];
    choice.select(language(), choice.secondSettings()?.vocabulary === "en" ? "en" : undefined, true);
    void open();
  });
  addEventListener("hashchange", () => {
    const shared = stateOf(location.hash);
    if (shared !== undefined) {
      apply(shared);
      void open();
    } else updateAddress();
  });

  text.value = EXAMPLES[language()];
  apply(stateOf(location.hash) ?? {});
  void open();
}
