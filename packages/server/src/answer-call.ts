import { BertieError } from "@bertie/common";
import type { Context } from "hono";
import type { Answer, Endpoint, ModelKind } from "./endpoints/endpoint.ts";
import { KINDS } from "./endpoints/endpoint.ts";
import { failedDependency, HttpError, invalidField, overloaded, unavailable } from "./http-error.ts";
import type { Metrics } from "./metrics.ts";
import type { Limits } from "./options.ts";
import { type Fields, readFields, readString } from "./request-body.ts";
import { type ServedModels, unknownModel } from "./served-models.ts";

/** State that the requests of a server share. */
export interface ServerState {
  readonly models: ServedModels;
  readonly limits: Limits;
  readonly autoTruncate: boolean;
  readonly metrics: Metrics;
  /** Number of requests to models in progress. */
  active: number;
  /** Whether the server stops: it answers the requests that it has accepted, and closes their connections. */
  isStopping: boolean;
}

/** Facts about a request for the log. */
export interface Facts {
  model?: string;
  texts?: number;
  tokens?: number;
  error?: string;
}

/** Reason of the signal of a request whose client has left. */
export const CLIENT_LEFT = new HttpError(499, "Validation", "the client left before the answer");

/** Answers a request to a model. */
export async function answerCall(
  context: Context<{ Variables: { facts: Facts } }>,
  endpoint: Endpoint,
  state: ServerState,
): Promise<Response> {
  const { limits, metrics, models } = state;
  const start = performance.now();
  if (state.active >= limits.maxConcurrentRequests) {
    const text = `the server is overloaded: it answers ${state.active} requests, the maximum. Try again later.`;
    throw overloaded(text, 1);
  }
  state.active++;
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const text = `no answer within ${limits.requestTimeout} s. Send fewer texts, or try again later.`;
    controller.abort(unavailable(text, 1));
  }, limits.requestTimeout * 1000);
  const client = context.req.raw.signal;
  const onLeave = () => controller.abort(CLIENT_LEFT);
  client.addEventListener("abort", onLeave, { once: true });
  const facts = context.get("facts");
  try {
    if (client.aborted) throw CLIENT_LEFT;
    const fields = await readFields(context, limits, controller.signal);
    const method = Array.isArray(fields.inputs ?? fields.texts ?? fields.input) ? "batch" : "single";
    metrics.count("te_request_count", { method });
    const name = chooseModel(context, fields, endpoint, models);
    facts.model = name;
    const { signal } = controller;
    const { autoTruncate } = state;
    const [answer, kind] = await models.use(name, async (model) => {
      const call = { fields, model, name, limits, autoTruncate, signal };
      return [await endpoint.handle(call), model.kind] as const;
    });
    facts.texts = answer.texts;
    facts.tokens = answer.tokens;
    const ms = performance.now() - start;
    record(metrics, endpoint, kind, method, answer, ms);
    return context.json(answer.body, 200, headersOf(answer, ms));
  } catch (error) {
    throw httpErrorOf(error);
  } finally {
    clearTimeout(timer);
    client.removeEventListener("abort", onLeave);
    state.active--;
  }
}

/**
 * Returns the name of the model that a request is for: from the path, from `?model=`, from the field `model`, or the only
 * model that can answer.
 */
function chooseModel(context: Context, fields: Fields, endpoint: Endpoint, { all }: ServedModels): string {
  const names = all.map(({ name }) => name);
  const inPath = context.req.param("name") ?? context.req.query("model");
  const named = inPath ?? readString(fields, "model");
  const isIgnored = inPath === undefined && endpoint.ignoresUnknownModel === true && all.length === 1;
  if (named !== undefined && !isIgnored) {
    if (names.includes(named)) return named;
    throw unknownModel(named, names);
  }
  if (all.length === 1) return names[0]!;
  const able = all.filter(({ current }) => endpoint.kinds.includes(current.kind)).map(({ name }) => name);
  if (able.length === 1) return able[0]!;
  if (able.length === 0) {
    const kinds = endpoint.kinds.map((kind) => KINDS[kind]).join(" or ");
    throw failedDependency(`no model is ${kinds}, which ${endpoint.path} requires. GET /info lists the models.`);
  }
  const text = `several models can answer: ${able.join(", ")}. Choose one: POST /models/NAME${endpoint.path === "/" ? "" : endpoint.path}, or {"model": "NAME"}.`;
  throw new HttpError(400, "Validation", text);
}

/** Paths that only use the tokenizer of a model. */
const TOKEN_PATHS: ReadonlySet<string> = new Set(["/tokenize", "/decode"]);

function record(
  metrics: Metrics,
  { path }: Endpoint,
  kind: ModelKind,
  method: string,
  answer: Answer,
  ms: number,
): void {
  metrics.count("te_request_success", { method });
  if (kind === "encoder" && !TOKEN_PATHS.has(path)) metrics.count("te_embed_count", {}, answer.texts);
  if (kind === "classifier" && !TOKEN_PATHS.has(path)) metrics.count("te_predict_count", {}, answer.texts);
  for (let i = 0; i < answer.texts; i++) metrics.observe("te_request_input_length", answer.tokens / answer.texts);
  metrics.observe("te_request_duration", ms / 1000);
  const { tokenizeMs, queueMs, computeMs } = answer;
  if (tokenizeMs !== undefined) metrics.observe("te_request_tokenization_duration", tokenizeMs / 1000);
  if (queueMs !== undefined) metrics.observe("te_request_queue_duration", queueMs / 1000);
  if (computeMs !== undefined) metrics.observe("te_request_inference_duration", computeMs / 1000);
}

/** Returns the headers of text-embeddings-inference. Times are in milliseconds. */
function headersOf({ tokens, characters, tokenizeMs = 0, queueMs = 0, computeMs = 0 }: Answer, ms: number) {
  const round = (value: number) => String(Math.round(value));
  return {
    "x-compute-type": "cpu",
    "x-compute-time": round(ms),
    "x-compute-characters": String(characters),
    "x-compute-tokens": String(tokens),
    "x-total-time": round(ms),
    "x-tokenization-time": round(tokenizeMs),
    "x-queue-time": round(queueMs),
    "x-inference-time": round(computeMs),
  };
}

/** Groups of codes of errors that the engine or the model causes; all others are caused by the request. */
const BACKEND_ERRORS = /^(engine|classify|embed)\//;

function httpErrorOf(error: unknown): unknown {
  if (!(error instanceof BertieError)) return error;
  return BACKEND_ERRORS.test(error.code) ? failedDependency(error.message) : invalidField(error.message);
}
