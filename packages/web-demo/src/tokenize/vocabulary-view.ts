import type { TokenizerSettings, VocabularySource } from "../files/vocabularies.ts";
import { byId, element } from "../page/dom.ts";
import { acceptFiles } from "../page/drop.ts";
import { formatNumber, setText } from "../page/language.ts";

/** Which vocabulary is chosen, and how it is read. */
export interface VocabularyChoice {
  settings(): TokenizerSettings;
  onChange(listener: () => void): void;
  /** Shows what was found in a file of the user's. */
  found(found: { readonly size: number; readonly lowercase: boolean }): void;
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
  /** Undefined until a file of the user's has said what it wants. */
  let asked: boolean | undefined = true;

  select.addEventListener("change", () => {
    drop.hidden = select.value !== "own";
    if (select.value !== "own" || own !== undefined) changed();
  });
  lowercase.addEventListener("change", () => {
    asked = lowercase.checked;
    changed();
  });
  acceptFiles(drop, byId("vocabulary-file", HTMLInputElement), ([file]) => {
    own = file!;
    asked = undefined;
    changed();
  });
  // Wherever a vocabulary is dropped in the card, it is meant.
  acceptFiles(select.closest<HTMLElement>(".card")!, element("input", { type: "file" }), ([file]) => {
    own = file!;
    asked = undefined;
    select.value = "own";
    drop.hidden = false;
    changed();
  });

  const source = (): VocabularySource =>
    select.value === "own" && own !== undefined ? own : select.value === "en" ? "en" : "zh";
  return {
    settings: () => ({ vocabulary: source(), lowercase: asked }),
    onChange: (listener) => listeners.add(listener),
    found({ size, lowercase: found }) {
      if (asked === undefined) {
        asked = found;
        lowercase.checked = found;
      }
      if (select.value !== "own" || own === undefined) return;
      const place = drop.querySelector("span")!;
      setText(place, "tokenize.vocabulary.file", { name: own.name, size: formatNumber(size) });
    },
  };
}
