import { engineOptions } from "../options/engine-options.ts";
import { runOptions } from "../options/run-options.ts";
import type { OptionTable } from "../options/table.ts";

/** Options of `bertie serve`. The defaults of the limits are those of `createServer()`. */
export const serveOptions = {
  task: {
    group: "Model",
    kind: "choice",
    choices: ["auto", "classify", "embed"],
    default: "auto",
    help: "Use of the models; auto classifies if a model has labels, and computes sentence embeddings otherwise",
  },
  host: {
    group: "Server",
    kind: "text",
    default: "127.0.0.1",
    help: "Host name or IP address to listen on; 0.0.0.0 for all addresses of the machine",
  },
  port: { group: "Server", kind: "integer", default: 8080, min: 0, max: 65_535, help: "TCP port; 0 for any free port" },
  apiKey: {
    group: "Server",
    kind: "text",
    argument: "key",
    help: "Key that requests must send as Authorization: Bearer KEY; the environment variable BERTIE_API_KEY, which other users of the machine cannot see, sets it, too",
    defaultText: "no key is required",
  },
  corsOrigin: {
    group: "Server",
    kind: "texts",
    argument: "origin",
    help: "Origin of pages that may send requests from a browser, such as https://example.com, or *; repeatable",
    defaultText: "no other origins",
  },
  logFormat: {
    group: "Server",
    kind: "choice",
    choices: ["text", "json", "none"],
    default: "text",
    help: "Format of the log on stdout, one line per request",
  },
  autoTruncate: {
    group: "Server",
    kind: "switch",
    help: "Truncate texts that are too long, as bertie predict does, if a request has no field truncate; with --no-auto-truncate, reject them",
    defaultText: "truncate",
  },
  maxSeqLength: {
    group: "Limits",
    kind: "integer",
    min: 3,
    help: "Maximum length of a text in tokens, including [CLS] and [SEP]",
    defaultText: "as in training",
  },
  maxBatchTokens: {
    group: "Limits",
    kind: "integer",
    default: 1024,
    min: 1,
    max: 1_048_576,
    help: "Maximum number of tokens per batch, with padding; a longer text is a batch of its own",
  },
  maxConcurrentRequests: {
    group: "Limits",
    kind: "integer",
    default: 512,
    min: 1,
    help: "Maximum number of requests to models at a time; further requests get status 429",
  },
  maxQueue: {
    group: "Limits",
    kind: "integer",
    default: 4096,
    min: 1,
    help: "Maximum number of texts that wait per model; requests that exceed it get status 429",
  },
  maxClientBatchSize: {
    group: "Limits",
    kind: "integer",
    default: 32,
    min: 1,
    help: "Maximum number of texts per request",
  },
  maxTextLength: {
    group: "Limits",
    kind: "integer",
    default: 100_000,
    min: 1,
    help: "Maximum length of a text in characters",
  },
  payloadLimit: {
    group: "Limits",
    kind: "integer",
    default: 2_000_000,
    min: 1,
    help: "Maximum size of a request's body in bytes",
  },
  requestTimeout: {
    group: "Limits",
    kind: "number",
    default: 30,
    above: 0,
    max: 86_400,
    help: "Maximum time to answer a request in seconds; later answers are status 503",
  },
  ...engineOptions,
  threads: runOptions.threads,
} as const satisfies OptionTable;
