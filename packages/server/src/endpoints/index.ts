import { embed, openAiEmbeddings, similarity } from "./embed.ts";
import type { Endpoint } from "./endpoint.ts";
import { createExplain } from "./explain.ts";
import { predict, rerank } from "./predict.ts";
import { decode, tokenize } from "./tokenize.ts";

/** Answers `POST /` as text-embeddings-inference does: as the main path of the model. */
const root: Endpoint = {
  path: "/",
  kinds: ["classifier", "encoder"],
  handle: (call) => (call.model.kind === "classifier" ? predict : embed).handle(call),
};

/** Returns all paths that models answer. */
export function createEndpoints(): readonly Endpoint[] {
  return [root, predict, embed, createExplain(), rerank, similarity, openAiEmbeddings, tokenize, decode];
}
