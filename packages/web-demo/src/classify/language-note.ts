import type { ModelSummary } from "../model/model.worker.ts";
import { formatNumber, setText } from "../page/language.ts";
import { languageOfText } from "../page/text-language.ts";

/** Fraction of unknown words from which on a prediction is doubtful. */
const DOUBTFUL = 0.3;

/**
 * Shows a warning if a text is in another language than the model, or if the vocabulary of the model lacks many of its words.
 *
 * @param unknown fraction of the words that are not in the vocabulary
 */
export function warnOfLanguage(
  note: HTMLElement,
  text: string,
  { language }: Pick<ModelSummary, "language">,
  unknown: number,
): void {
  const found = languageOfText(text);
  const differs = language !== undefined && found !== undefined && found !== language;
  note.hidden = !differs && unknown < DOUBTFUL;
  if (differs) setText(note, `classify.language.${language}`);
  else setText(note, "classify.language.unknown", { percent: formatNumber(100 * unknown) });
}
