import { VERSION } from "@bertie/classifier";

/** Schema of a JSON value in OpenAPI. */
type Schema = Readonly<Record<string, unknown>>;

/** Operation in the OpenAPI description of the server. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly requestBody?: {
    readonly required: true;
    readonly content: { readonly "application/json": { readonly schema: Schema; readonly example: unknown } };
  };
  readonly responses: Readonly<Record<string, object>>;
}

/** OpenAPI description, version 3.1. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

const text = { type: "string" };
const flag = (description: string, fallback: boolean | null = false): Schema => ({
  type: fallback === null ? ["boolean", "null"] : "boolean",
  description,
  ...(fallback !== null && { default: fallback }),
});
const list = (items: Schema): Schema => ({ type: "array", items });
const object = (required: readonly string[], properties: Schema): Schema => ({ type: "object", required, properties });

const pair = { type: "array", items: text, minItems: 1, maxItems: 2 };
const truncation = {
  truncate: flag("Whether texts that are too long are truncated; the default is --auto-truncate", null),
  truncation_direction: { type: "string", enum: ["left", "right"], default: "right" },
};
const model = { model: { type: "string", description: "Name of a served model, if there are several" } };
const number = { type: "number" };
const prediction = object(["label", "score"], { label: text, score: number });
const embedding = list(number);
const token = object(["id", "text", "special", "start", "stop"], {
  id: { type: "integer" },
  text,
  special: { type: "boolean" },
  start: { type: ["integer", "null"], description: "Offset in characters (code points)" },
  stop: { type: ["integer", "null"] },
});
const word = object(["text", "start", "end", "part", "tokens", "contribution"], {
  text,
  start: { type: "integer", description: "Offset in characters (code points)" },
  end: { type: "integer" },
  part: { type: "integer", enum: [0, 1], description: "0 for a word of the text, 1 for a word of the pair" },
  tokens: list(text),
  contribution: { type: "number", description: "Contribution to the log-odds of the label" },
});

const error = { content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } };
const errors = {
  "400": { description: "The body is not valid JSON, has no texts, or does not say which model is meant", ...error },
  "401": { description: "The API key is missing or wrong", ...error },
  "404": { description: "No such model", ...error },
  "413": { description: "Too many texts, too many tokens, or too large a body", ...error },
  "415": { description: "The body is not of type application/json", ...error },
  "422": { description: "A field is missing, or has the wrong type", ...error },
  "424": { description: "The model is of another kind, or has failed", ...error },
  "429": { description: "The server is overloaded; Retry-After says when to try again", ...error },
  "503": { description: "No answer in time", ...error },
};

function post(summary: string, schema: Schema, example: unknown, answer: Schema, description?: string) {
  const requestBody = { required: true, content: { "application/json": { schema, example } } } as const;
  const ok = { description: "Answer", content: { "application/json": { schema: answer } } };
  return { post: { summary, ...(description && { description }), requestBody, responses: { "200": ok, ...errors } } };
}

function get(summary: string, type: string) {
  return { get: { summary, responses: { "200": { description: "Answer", content: { [type]: {} } } } } };
}

/** Returns the OpenAPI description of the server. */
export function openApi(): OpenApi {
  const inputs = { oneOf: [text, list(text)] };
  return {
    openapi: "3.1.0",
    info: {
      title: "Bertie",
      version: VERSION,
      description:
        "Text classification and sentence embeddings, with the requests and responses of text-embeddings-inference. If several models are served, put /models/NAME before a path, or add the field model.",
    },
    paths: {
      "/predict": post(
        "Classify texts or pairs",
        object(["inputs"], {
          inputs: { oneOf: [text, pair, list(pair)], description: "A text, a pair, or a batch of them" },
          raw_scores: flag("Whether scores are logits instead of probabilities"),
          ...truncation,
          ...model,
        }),
        { inputs: [["The room was clean"], ["The towels were damp"]] },
        { oneOf: [list(prediction), list(list(prediction))] },
        "Returns the labels of each text, highest score first: one list for one text, and a list of lists for a batch.",
      ),
      "/embed": post(
        "Compute sentence embeddings",
        object(["inputs"], {
          inputs,
          normalize: flag("Whether embeddings have length 1", true),
          prompt_name: {
            type: ["string", "null"],
            description: "Name of a prompt of the model to put before each text",
          },
          ...truncation,
          ...model,
        }),
        { inputs: ["The room was clean", "The towels were damp"] },
        list(embedding),
      ),
      "/explain": post(
        "Explain the classification of a text",
        object(["inputs"], {
          inputs: { oneOf: [text, pair] },
          label: { type: ["string", "null"], description: "Label to explain; the default is the most probable one" },
          unit: { type: "string", enum: ["word", "token"], default: "word" },
          method: { type: "string", enum: ["occlusion", "integrated-gradients"], default: "occlusion" },
          truncate: truncation.truncate,
          ...model,
        }),
        { inputs: "The room was clean" },
        object(["label", "log_odds", "labels", "words", "truncated"], {
          label: text,
          log_odds: number,
          labels: list(prediction),
          words: list(word),
          truncated: { type: "boolean" },
        }),
        "Returns how much each word contributes to a label. Takes one forward pass per word.",
      ),
      "/rerank": post(
        "Rank texts by their relevance to a query",
        object(["query", "texts"], {
          query: text,
          texts: list(text),
          raw_scores: flag("Whether scores are logits instead of probabilities"),
          return_text: flag("Whether the answer contains the texts"),
          ...truncation,
          ...model,
        }),
        { query: "Is breakfast included?", texts: ["Breakfast costs extra", "The pool is closed"] },
        list(object(["index", "score"], { index: { type: "integer" }, text, score: number })),
        "Requires a model of pairs with one label.",
      ),
      "/similarity": post(
        "Compare a text with others",
        object(["inputs"], {
          inputs: object(["source_sentence", "sentences"], { source_sentence: text, sentences: list(text) }),
          parameters: { type: ["object", "null"], properties: truncation },
          ...model,
        }),
        { inputs: { source_sentence: "The room was clean", sentences: ["A tidy room", "A dirty bath"] } },
        list(number),
        "Returns the cosine similarity of the embeddings of each text and the first one.",
      ),
      "/v1/embeddings": post(
        "Compute sentence embeddings, as OpenAI's API does",
        object(["input"], {
          input: inputs,
          encoding_format: { type: "string", enum: ["float", "base64"], default: "float" },
          ...model,
        }),
        { input: "The room was clean" },
        object(["object", "data", "model", "usage"], {
          object: { const: "list" },
          data: list(object(["object", "index", "embedding"], { object: text, index: number, embedding })),
          model: text,
          usage: object(["prompt_tokens", "total_tokens"], { prompt_tokens: number, total_tokens: number }),
        }),
      ),
      "/tokenize": post(
        "Convert texts to tokens",
        object(["inputs"], {
          inputs,
          add_special_tokens: flag("Whether to add [CLS] and [SEP]", true),
          prompt_name: { type: ["string", "null"] },
          ...model,
        }),
        { inputs: "The room was clean" },
        list(list(token)),
      ),
      "/decode": post(
        "Convert token ids to texts",
        object(["ids"], {
          ids: { oneOf: [list({ type: "integer" }), list(list({ type: "integer" }))] },
          skip_special_tokens: flag("Whether to omit special tokens", true),
          ...model,
        }),
        { ids: [2, 3] },
        list(text),
      ),
      "/info": get("Describe the models and the limits", "application/json"),
      "/health": get("Check that the server answers; status 503 while it stops", "text/plain"),
      "/metrics": get("Return metrics in the text format of Prometheus", "text/plain"),
    },
    components: {
      schemas: { Error: object(["error", "error_type"], { error: text, error_type: text }) },
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
  };
}
