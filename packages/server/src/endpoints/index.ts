import { embed, openAiEmbeddings, similarity } from "./embed.ts";
import type { Endpoint } from "./endpoint.ts";
import { createExplain } from "./explain.ts";
import { predict, rerank } from "./predict.ts";
import { decode, tokenize } from "./tokenize.ts";

/**
 * Answers `POST /` as text-embeddings-inference does: as the main path of the model. Clients of Hugging Face also send
 * sentences to compare to this path.
 */
const root: Endpoint = {
  path: "/",
  kinds: ["classifier", "encoder"],
  handle(call) {
    if (call.model.kind === "classifier") return predict.handle(call);
    const { inputs } = call.fields;
    const isComparison = typeof inputs === "object" && inputs !== null && "source_sentence" in inputs;
    return (isComparison ? similarity : embed).handle(call);
  },
};

/** Returns all paths that models answer. */
export function createEndpoints(): readonly Endpoint[] {
  return [root, predict, embed, createExplain(), rerank, similarity, openAiEmbeddings, tokenize, decode];
}
