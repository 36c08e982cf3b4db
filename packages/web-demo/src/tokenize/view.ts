import { byId } from "../page/dom.ts";
import { startComparison } from "./compare-view.ts";
import { startCorpus } from "./corpus-view.ts";
import { startText } from "./text-view.ts";
import { createVocabularyChoice } from "./vocabulary-view.ts";

/** Sets up the tokenization view. Typed text, files and the comparison share the vocabulary and the options. */
export function startTokenizeView(): void {
  const choice = createVocabularyChoice();
  const limits = () => {
    const maxLength = byId("max-length", HTMLInputElement).valueAsNumber;
    return {
      maxLength: Number.isFinite(maxLength) ? maxLength : undefined,
      addSpecialTokens: byId("special", HTMLInputElement).checked,
    };
  };
  const corpus = startCorpus(choice, limits);
  startText(choice, limits, corpus.open);
  startComparison(choice, corpus);
}
