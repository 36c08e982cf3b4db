import type { ModelSummary } from "../model/model-service.ts";
import { formatNumber } from "../page/language.ts";
import { clearFault, showWarning } from "../page/notices.ts";
import { languageOfText } from "../page/text-language.ts";

/** Minimum fraction of unknown words that makes a prediction doubtful. */
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
  if (differs) showWarning(note, `classify.language.${language}`);
  else if (unknown < DOUBTFUL) clearFault(note);
  else showWarning(note, "classify.language.unknown", { percent: formatNumber(100 * unknown) });
}
