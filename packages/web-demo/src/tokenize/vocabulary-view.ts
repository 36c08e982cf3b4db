import type { BundledVocabulary, TokenizerSettings, VocabularySource } from "../files/vocabularies.ts";
import { byId, element } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { formatNumber, setText } from "../page/language.ts";

/** Choice of the vocabularies and of lowercasing. */
export interface VocabularyChoice {
  settings(): TokenizerSettings;
  /** Returns the settings of the vocabulary to compare with, if there is one. */
  secondSettings(): TokenizerSettings | undefined;
  onChange(listener: () => void): void;
  /** Selects bundled vocabularies, without calling the listeners. */
  select(first: BundledVocabulary, second: BundledVocabulary | undefined, lowercase: boolean): void;
  /** Shows the size of an opened vocabulary, and whether it lowercases texts. */
  accept(opened: { readonly size: number; readonly lowercase: boolean }): void;
  /** Returns to the last vocabulary that could be opened. */
  reject(): void;
}

/** State of the choice. */
interface State {
  readonly vocabulary: string;
  readonly own: File | undefined;
  /** Whether to lowercase texts; undefined until a custom vocabulary has been opened and its setting is known. */
  readonly lowercased: boolean | undefined;
}

export function createVocabularyChoice(): VocabularyChoice {
  const select = byId("vocabulary", HTMLSelectElement);
  const second = byId("vocabulary-2", HTMLSelectElement);
  const lowercase = byId("lowercase", HTMLInputElement);
  const drop = byId("vocabulary-drop", HTMLElement);
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  let state: State = { vocabulary: select.value, own: undefined, lowercased: true };
  let good = state;

  function open(file: File): void {
    state = { vocabulary: "own", own: file, lowercased: undefined };
    show();
    changed();
  }

  function show(): void {
    select.value = state.vocabulary;
    drop.hidden = state.vocabulary !== "own";
    if (state.lowercased !== undefined) lowercase.checked = state.lowercased;
  }

  select.addEventListener("change", () => {
    state = { ...state, vocabulary: select.value };
    show();
    if (select.value !== "own" || state.own !== undefined) changed();
  });
  second.addEventListener("change", changed);
  lowercase.addEventListener("change", () => {
    state = { ...state, lowercased: lowercase.checked };
    changed();
  });
  acceptFiles(drop, byId("vocabulary-file", HTMLInputElement), ([file]) => open(file!));
  // A vocabulary may be dropped anywhere on the card.
  acceptFiles(select.closest<HTMLElement>(".card")!, element("input", { type: "file" }), ([file]) => open(file!));

  const sourceOf = (name: string): VocabularySource =>
    name === "own" && state.own !== undefined ? state.own : name === "en" ? "en" : "zh";
  return {
    settings: () => ({ vocabulary: sourceOf(state.vocabulary), lowercase: state.lowercased }),
    secondSettings: () =>
      second.value === "" ? undefined : { vocabulary: sourceOf(second.value), lowercase: lowercase.checked },
    onChange: (listener) => listeners.add(listener),
    select(vocabulary, other, lowercased) {
      state = { ...state, vocabulary, lowercased };
      second.value = other ?? "";
      show();
    },
    accept({ size, lowercase: ownSetting }) {
      state = { ...state, lowercased: state.lowercased ?? ownSetting };
      good = state;
      show();
      if (state.own === undefined) return;
      setText(drop.querySelector("span")!, "tokenize.vocabulary.file", {
        name: state.own.name,
        size: formatNumber(size),
      });
    },
    reject() {
      state = good;
      show();
    },
  };
}
