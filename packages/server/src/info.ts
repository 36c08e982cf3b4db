import { VERSION } from "@bertie/classifier";
import type { LoadedModel } from "./loaded-model.ts";
import type { Limits } from "./options.ts";
import type { ServedModel } from "./served-models.ts";

/** Returns the answer to `GET /info` for one model, with the fields of text-embeddings-inference. */
export function modelInfo({ name, current }: ServedModel, limits: Limits, autoTruncate: boolean) {
  return {
    model_id: name,
    model_sha: null,
    model_dtype: "float32",
    model_type: typeOf(current),
    max_concurrent_requests: limits.maxConcurrentRequests,
    max_input_length: current.maxLength,
    max_batch_tokens: limits.maxBatchTokens,
    max_batch_requests: null,
    max_client_batch_size: limits.maxClientBatchSize,
    auto_truncate: autoTruncate,
    tokenization_workers: 1,
    version: VERSION,
    sha: null,
    docker_label: null,
  };
}

/** Returns the answer to `GET /info` for all models: the fields of the model if there is only one, and a list. */
export function serverInfo(models: readonly ServedModel[], limits: Limits, autoTruncate: boolean) {
  const infos = models.map((model) => modelInfo(model, limits, autoTruncate));
  return { ...(infos.length === 1 ? infos[0] : { version: VERSION }), models: infos };
}

function typeOf(model: LoadedModel) {
  if (model.kind === "encoder") return { embedding: { pooling: model.encoder.pooling.join("+") } };
  const { labels, problemType } = model.classifier;
  const id2label = Object.fromEntries(labels.map((label, id) => [id, label]));
  const label2id = Object.fromEntries(labels.map((label, id) => [label, id]));
  const maps = { id2label, label2id, problem_type: problemType };
  return labels.length === 1 ? { reranker: maps } : { classifier: maps };
}
