import type { ExplainedModel, ExplainRequest, Explanation } from "./explanation.ts";
import { buildRow, logitsOfRows } from "./rows.ts";
import { labelIndex, labelScores, logOdds } from "./scores.ts";
import { maskIdOf, tokenizeRequest, type Word } from "./words.ts";

/**
 * Explains a classification by occlusion (Zeiler and Fergus, 2014): classifies the text once per word, with the word
 * replaced by one `[MASK]`.
 *
 * The contribution of a word is the log-odds of the label for the original text minus the log-odds for the masked text,
 * which is `text.slice(0, start) + " [MASK] " + text.slice(end)`. In a truncated text, replacing a word of several
 * tokens by one mask lets further tokens from the end of the text fit. All other words keep their tokens, even if the
 * spaces around the mask would turn an adjacent "[SEP]" in the text into a special token.
 *
 * With `unit: "token"`, the mask replaces a single token.
 *
 * @throws BertieError "explain/no-mask" if the vocabulary has no `[MASK]` token, "explain/label" if the model has no
 *   such label
 * @throws the reason of the signal if it is aborted
 */
export async function explainByOcclusion(model: ExplainedModel, request: ExplainRequest): Promise<Explanation> {
  const { tokenizer, labels, maxLength, problemType } = model;
  const mask = maskIdOf(tokenizer);
  const { texts, words, truncated } = tokenizeRequest(model, request);
  // A row has at most `maxLength` tokens. Copying the rest of a long text for each word would take minutes.
  const without = ({ part, from, to }: Word) =>
    texts.map((ids, i) => (i === part ? [...ids.slice(0, from), mask, ...ids.slice(to, to + maxLength)] : ids));
  const rows = [
    buildRow(tokenizer, texts, maxLength),
    ...words.map((word) => buildRow(tokenizer, without(word), maxLength)),
  ];
  const [original, ...masked] = (await logitsOfRows(model, rows, request.signal)) as [Float32Array, ...Float32Array[]];
  const label = labelIndex(labels, original, request.label);
  const originalLogOdds = logOdds(original, label, problemType);
  return {
    labels: labelScores(labels, original, problemType),
    label: labels[label]!,
    logOdds: originalLogOdds,
    words: words.map(({ from, to, ...word }, i) => ({
      ...word,
      contribution: originalLogOdds - logOdds(masked[i]!, label, problemType),
    })),
    truncated,
  };
}
