import type { EncodedText, LabelScore } from "@bertie/classifier";
import { failedDependency, invalidField, tooLarge } from "../http-error.ts";
import {
  checkText,
  type Fields,
  readArray,
  readBoolean,
  readChoice,
  readSequences,
  readString,
  type Sequence,
} from "../request-body.ts";
import { type Answer, type Call, countCharacters, type Endpoint, mean, requireKind } from "./endpoint.ts";

/** Classifies texts or pairs, with the requests and responses of text-embeddings-inference. */
export const predict: Endpoint = {
  path: "/predict",
  kinds: ["classifier"],
  async handle(call) {
    const { classifier } = requireKind(call, "classifier");
    const { fields, limits } = call;
    const rawScores = readBoolean(fields, "raw_scores") ?? false;
    const { isSingle, texts } = readSequences(fields, "inputs", limits);
    const { logits, ...facts } = await computeLogits(call, texts);
    const results = logits.map((each) => classifier.stages.rank(each, { rawScores }).map(predictionOf));
    return { body: isSingle ? results[0]! : results, ...facts };
  },
};

/** Ranks texts by their relevance to a query, with a model that has one label. */
export const rerank: Endpoint = {
  path: "/rerank",
  kinds: ["classifier"],
  async handle(call) {
    const { classifier } = requireKind(call, "classifier");
    if (classifier.labels.length !== 1) {
      const text = `the model "${call.name}" has ${classifier.labels.length} labels: /rerank requires a model with one label. Use /predict.`;
      throw failedDependency(text);
    }
    const { fields, limits } = call;
    const query = readString(fields, "query");
    if (query === undefined) throw invalidField('"query" is missing: expected a string.');
    checkText(query, "query", limits);
    const rawScores = readBoolean(fields, "raw_scores") ?? false;
    const returnText = readBoolean(fields, "return_text") ?? false;
    const texts = readArray(fields, "texts", "an array of strings", limits).map((text, i) =>
      checkText(text, `texts[${i}]`, limits),
    );
    const pairs = texts.map((text) => ({ text: query, pair: text }));
    const { logits, ...facts } = await computeLogits(call, pairs);
    const ranks = logits
      .map(([logit], index) => {
        const score = rawScores ? logit! : 1 / (1 + Math.exp(-logit!));
        return { index, ...(returnText && { text: texts[index]! }), score };
      })
      .sort((a, b) => b.score - a.score);
    return { body: ranks, ...facts };
  },
};

/** Tokenizes texts, and computes their logits in batches that they share with other requests. */
async function computeLogits(
  call: Call,
  texts: readonly Sequence[],
): Promise<Omit<Answer, "body"> & { readonly logits: readonly Float32Array[] }> {
  const { classifier, queue } = requireKind(call, "classifier");
  const start = performance.now();
  const { truncate, truncationSide } = readTruncation(call.fields, call.autoTruncate);
  const encoded = classifier.stages.encode(texts, { truncationSide });
  if (!truncate) for (const [i, text] of encoded.entries()) checkLength(text, classifier.maxLength, i);
  const tokenizeMs = performance.now() - start;
  const results = await queue.add(encoded.map(queueItem), call.signal);
  return {
    logits: results.map(({ output }) => output),
    texts: texts.length,
    tokens: encoded.reduce((sum, { rows }) => sum + rows.reduce((own, row) => own + row.inputIds.length, 0), 0),
    characters: countCharacters(texts.flatMap((text) => (typeof text === "string" ? text : [text.text, text.pair]))),
    tokenizeMs,
    queueMs: mean(results.map(({ queueMs }) => queueMs)),
    computeMs: mean(results.map(({ computeMs }) => computeMs)),
  };
}

/** Reads how texts that are too long are truncated. */
export function readTruncation(fields: Fields, autoTruncate: boolean) {
  return {
    truncate: readBoolean(fields, "truncate") ?? autoTruncate,
    truncationSide: readChoice(fields, "truncation_direction", ["left", "right"]),
  };
}

/** Rejects a text of which the model would not read all tokens. */
function checkLength({ tokens, rows }: EncodedText, maxLength: number, index: number): void {
  if (rows.length > 1 || tokens <= maxLength) return;
  throw tooManyTokens(tokens, maxLength, index);
}

export function tooManyTokens(tokens: number, maxLength: number, index: number): Error {
  const text = `text ${index + 1} has ${tokens} tokens: the model reads at most ${maxLength}. Shorten the text, or set "truncate" to true.`;
  return tooLarge(text);
}

function queueItem(input: EncodedText) {
  const length = Math.max(...input.rows.map(({ inputIds }) => inputIds.length));
  return { input, length, rows: input.rows.length };
}

function predictionOf({ label, score }: LabelScore) {
  return { score, label };
}
