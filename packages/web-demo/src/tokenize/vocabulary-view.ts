import type { TokenizerSettings, VocabularySource } from "../files/vocabularies.ts";
import { byId, element } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { formatNumber, setText } from "../page/language.ts";

/** Choice of the vocabulary and of lowercasing. */
export interface VocabularyChoice {
  settings(): TokenizerSettings;
  onChange(listener: () => void): void;
  /** Shows the size of an opened vocabulary, and whether it lowercases texts. */
  showOpened(opened: { readonly size: number; readonly lowercase: boolean }): void;
}

export function createVocabularyChoice(): VocabularyChoice {
  const select = byId("vocabulary", HTMLSelectElement);
  const lowercase = byId("lowercase", HTMLInputElement);
  const drop = byId("vocabulary-drop", HTMLElement);
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  let own: File | undefined;
  /** Whether to lowercase texts; undefined until a custom vocabulary has been opened and its setting is known. */
  let lowercased: boolean | undefined = true;

  select.addEventListener("change", () => {
    drop.hidden = select.value !== "own";
    if (select.value !== "own" || own !== undefined) changed();
  });
  lowercase.addEventListener("change", () => {
    lowercased = lowercase.checked;
    changed();
  });
  acceptFiles(drop, byId("vocabulary-file", HTMLInputElement), ([file]) => {
    own = file!;
    lowercased = undefined;
    changed();
  });
  // A vocabulary may be dropped anywhere on the card.
  acceptFiles(select.closest<HTMLElement>(".card")!, element("input", { type: "file" }), ([file]) => {
    own = file!;
    lowercased = undefined;
    select.value = "own";
    drop.hidden = false;
    changed();
  });

  const source = (): VocabularySource =>
    select.value === "own" && own !== undefined ? own : select.value === "en" ? "en" : "zh";
  return {
    settings: () => ({ vocabulary: source(), lowercase: lowercased }),
    onChange: (listener) => listeners.add(listener),
    showOpened({ size, lowercase: ownSetting }) {
      if (lowercased === undefined) {
        lowercased = ownSetting;
        lowercase.checked = ownSetting;
      }
      if (select.value !== "own" || own === undefined) return;
      const prompt = drop.querySelector("span")!;
      setText(prompt, "tokenize.vocabulary.file", { name: own.name, size: formatNumber(size) });
    },
  };
}
