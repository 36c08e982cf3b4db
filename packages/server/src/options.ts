import { BertieError } from "@bertie/common";

/** Limits of a server. */
export interface Limits {
  /** Maximum number of tokens per batch, with padding. @default 1024 */
  readonly maxBatchTokens: number;
  /** Maximum number of requests to models that are accepted at a time; further requests get status 429. @default 512 */
  readonly maxConcurrentRequests: number;
  /** Maximum number of texts that wait per model; requests that exceed it get status 429. @default 4096 */
  readonly maxQueue: number;
  /** Maximum number of texts per request. @default 32 */
  readonly maxClientBatchSize: number;
  /** Maximum length of a text in characters. @default 100000 */
  readonly maxTextLength: number;
  /** Maximum size of a request's body in bytes. @default 2000000 */
  readonly payloadLimit: number;
  /** Maximum time to answer a request, in seconds; later requests get status 503. @default 30 */
  readonly requestTimeout: number;
}

export const defaultLimits: Limits = {
  maxBatchTokens: 1024,
  maxConcurrentRequests: 512,
  maxQueue: 4096,
  maxClientBatchSize: 32,
  maxTextLength: 100_000,
  payloadLimit: 2_000_000,
  requestTimeout: 30,
};

/** Entry of the log: one per request. */
export interface LogEntry {
  /** Time of the answer, as in `2026-01-01T00:00:00.000Z`. */
  readonly time: string;
  readonly method: string;
  /** Path of the request, without its query. */
  readonly path: string;
  /** Status of the answer; 499 if the client left first. */
  readonly status: number;
  /** Time to answer, in milliseconds. */
  readonly ms: number;
  readonly model?: string;
  /** Number of texts. */
  readonly texts?: number;
  /** Number of tokens. */
  readonly tokens?: number;
  /** Message of an error. */
  readonly error?: string;
}

/** Options of `createServer()`. */
export interface ServerOptions extends Partial<Limits> {
  /** Whether texts that are too long are truncated if a request does not say so. @default true */
  readonly autoTruncate?: boolean;
  /** Key that requests must send as `Authorization: Bearer KEY`. @default no key is required */
  readonly apiKey?: string | undefined;
  /** Origins of pages that may send requests, such as `https://example.com`, or `*`. @default none */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Receives one entry per request. @default no log */
  readonly log?: ((entry: LogEntry) => void) | undefined;
  /** Receives warnings, such as those about a model. @default no log */
  readonly warn?: ((text: string) => void) | undefined;
}

/**
 * Returns the limits, with the defaults of the limits that are not set.
 *
 * @throws BertieError "server/option" if a limit is out of range, or if the limits contradict each other
 */
export function limitsOf(options: ServerOptions): Limits {
  const entries = Object.entries(defaultLimits).map(([name, fallback]) => {
    const value = options[name as keyof Limits] ?? fallback;
    if (!Number.isFinite(value) || value <= 0 || (name !== "requestTimeout" && !Number.isInteger(value))) {
      const kind = name === "requestTimeout" ? "a positive number of seconds" : "a positive integer";
      throw new BertieError("server/option", `${name} is ${value}: expected ${kind}.`);
    }
    return [name, value];
  });
  const limits = Object.fromEntries(entries) as unknown as Limits;
  if (limits.maxClientBatchSize > limits.maxQueue) {
    const text = `maxQueue (--max-queue) is ${limits.maxQueue}, less than maxClientBatchSize (--max-client-batch-size ${limits.maxClientBatchSize}): a full request would never be accepted. Raise maxQueue, or lower maxClientBatchSize.`;
    throw new BertieError("server/option", text);
  }
  if (options.apiKey === "") {
    throw new BertieError("server/option", "apiKey is empty: expected a key. Omit the option to require no key.");
  }
  return limits;
}
