import type { Call, Endpoint } from "./endpoint.ts";
import { createExplain } from "./explain.ts";
import { predict, rerank } from "./predict.ts";
import { decode, tokenize } from "./tokenize.ts";

/** Answers `POST /` as text-embeddings-inference does: as the main path of the model. */
const root: Endpoint = {
  path: "/",
  kinds: ["classifier"],
  handle: (call: Call) => predict.handle(call),
};

/** Returns all paths that models answer. */
export function createEndpoints(): readonly Endpoint[] {
  return [root, predict, rerank, createExplain(), tokenize, decode];
}
