import { invalidField, overloaded } from "../http-error.ts";
import { readBoolean, readChoice, readSequences, readString } from "../request-body.ts";
import { codePointOffsets, countCharacters, type Endpoint, requireKind } from "./endpoint.ts";
import { tooManyTokens } from "./predict.ts";

/** An explanation takes one forward pass per word, so that only a few may be computed at a time. */
const MAX_EXPLANATIONS = 4;

/** Explains the classification of one text: how much each word contributes to a label. */
export function createExplain(): Endpoint {
  let active = 0;
  return {
    path: "/explain",
    kinds: ["classifier"],
    async handle(call) {
      const { classifier } = requireKind(call, "classifier");
      const { fields, limits, signal } = call;
      const { isSingle, texts } = readSequences(fields, "inputs", limits);
      if (!isSingle) throw invalidField('"inputs" is a batch: /explain expects one text or one pair.');
      const sequence = texts[0]!;
      const { text, pair } = typeof sequence === "string" ? { text: sequence, pair: undefined } : sequence;
      const [encoded] = classifier.stages.encode([sequence]);
      const truncate = readBoolean(fields, "truncate") ?? call.autoTruncate;
      if (!truncate && encoded!.tokens > classifier.maxLength)
        throw tooManyTokens(encoded!.tokens, classifier.maxLength, 0);
      const method = readChoice(fields, "method", ["occlusion", "integrated-gradients"]) ?? "occlusion";
      const unit = readChoice(fields, "unit", ["word", "token"]);
      const label = readString(fields, "label");
      if (active >= MAX_EXPLANATIONS)
        throw overloaded(`${active} explanations are being computed, the maximum. Try again later.`, 1);
      active++;
      const start = performance.now();
      try {
        const explanation = await classifier.explain(text, { pair, label, unit, method, signal });
        const { logOdds, labels, words, truncated } = explanation;
        const convert = [codePointOffsets(text), codePointOffsets(pair ?? "")] as const;
        const converted = words.map((word) => ({
          ...word,
          start: convert[word.part](word.start),
          end: convert[word.part](word.end),
        }));
        const body = { label: explanation.label, log_odds: logOdds, labels, words: converted, truncated };
        const tokens = encoded!.rows[0]!.inputIds.length;
        const characters = countCharacters([text, pair ?? ""]);
        return { body, texts: 1, tokens, characters, computeMs: performance.now() - start };
      } finally {
        active--;
      }
    },
  };
}
