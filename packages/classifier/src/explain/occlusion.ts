import type { ExplainedModel, ExplainRequest, Explanation } from "./explanation.ts";
import { frame, logitsOfRows } from "./rows.ts";
import { labelIndex, labelScores, logOdds } from "./scores.ts";
import { maskIdOf, tokenizeRequest, type Word } from "./words.ts";

/**
 * Explains a classification by occlusion (Zeiler and Fergus, 2014): classifies the text once for each word, with one
 * `[MASK]` in the place of the word.
 *
 * The contribution of a word is the log-odds of the label for the original text minus its log-odds for the text without
 * the word. The latter is what the model answers for `text.slice(0, start) + " [MASK] " + text.slice(end)`: where texts
 * are truncated, a mask in the place of a word of several tokens makes room for tokens that were cut off. All other
 * words keep their tokens, even where blanks around the mask would make a special token of a "[SEP]" in the text.
 *
 * With `unit: "token"`, the mask replaces one token, and the other tokens of the word stay.
 *
 * @throws BertieError "explain/no-mask" if the vocabulary has no `[MASK]`, "explain/label" for a label that the model
 * does not have
 * @throws the reason of the signal when it is aborted
 */
export async function explainByOcclusion(model: ExplainedModel, request: ExplainRequest): Promise<Explanation> {
  const { tokenizer, labels, maxLength } = model;
  const mask = maskIdOf(tokenizer);
  const { texts, words, truncated } = tokenizeRequest(model, request);
  // No row holds more than `maxLength` tokens: copying all of a long text for each word would take minutes.
  const without = ({ part, from, to }: Word) =>
    texts.map((ids, i) => (i === part ? [...ids.slice(0, from), mask, ...ids.slice(to, to + maxLength)] : ids));
  const rows = [frame(tokenizer, texts, maxLength), ...words.map((word) => frame(tokenizer, without(word), maxLength))];
  const [original, ...masked] = (await logitsOfRows(model, rows, request.signal)) as [Float32Array, ...Float32Array[]];
  const label = labelIndex(labels, original, request.label);
  const originalLogOdds = logOdds(original, label);
  return {
    labels: labelScores(labels, original),
    label: labels[label]!,
    logOdds: originalLogOdds,
    words: words.map(({ from, to, ...word }, i) => ({
      ...word,
      contribution: originalLogOdds - logOdds(masked[i]!, label),
    })),
    truncated,
  };
}
