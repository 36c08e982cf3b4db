import { BertieError, createIdleLimit, type IdleLimit } from "@bertie/common";
import { failureOf, notReached, type Subject } from "./failures.ts";
import type { HubSettings } from "./settings.ts";

/** Returns the headers for a request. The token is only sent to the hub itself, not to the storage of its files. */
function headersOf(url: URL, given: HeadersInit | undefined, { endpoint, token }: Subject): Headers {
  const headers = new Headers(given);
  if (url.origin !== new URL(endpoint).origin) return headers;
  if (token === undefined) headers.delete("authorization");
  else headers.set("authorization", `Bearer ${token}`);
  return headers;
}

/**
 * Returns a `fetch` for the API of the hub, also for the functions of `@huggingface/hub`. It throws a BertieError for every
 * failure, and limits the time of requests that upload nothing.
 */
export function hubFetch(settings: HubSettings, subject: Subject): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const timeout = init.body ? undefined : AbortSignal.timeout(settings.timeoutMs);
    const signals = [init.signal, timeout].filter((signal) => signal != null);
    let response: Response;
    try {
      const headers = headersOf(url, init.headers, subject);
      response = await fetch(url, { ...init, headers, signal: AbortSignal.any(signals) });
    } catch (cause) {
      throw notReached(subject, cause);
    }
    if (!response.ok) throw await failureOf(response, subject);
    return response;
  };
}

/** The bytes of a file from an offset. */
export interface Rest {
  /** Offset of the first byte: 0 if the server sends the whole file although a part of it was requested. */
  readonly offset: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Requests the bytes of a file from an offset.
 *
 * @throws BertieError "hub/not-reached" if no bytes arrive in time; the other codes as {@link failureOf}
 */
export async function requestRest(
  settings: HubSettings,
  subject: Subject,
  path: string,
  offset: number,
): Promise<Rest> {
  const { endpoint, repo, revision } = subject;
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const url = new URL(`${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${encoded}`);
  const limit = createIdleLimit(settings.timeoutMs);
  // The range counts the bytes of the file, so the response must not be compressed.
  const headers = headersOf(url, { "accept-encoding": "identity" }, subject);
  if (offset > 0) headers.set("range", `bytes=${offset}-`);
  try {
    const response = await fetch(url, { headers, signal: limit.signal });
    if (!response.ok) throw await failureOf(response, subject);
    const start = response.status === 206 ? offset : 0;
    return { offset: start, chunks: chunksOf(response, limit, subject) };
  } catch (cause) {
    limit.stop();
    throw cause instanceof BertieError ? cause : notReached(subject, cause);
  }
}

async function* chunksOf({ body }: Response, limit: IdleLimit, subject: Subject): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) return;
      limit.stop(); // writing to a slow disk is not a timeout of the server
      yield value;
      limit.restart();
    }
  } catch (cause) {
    throw notReached(subject, cause);
  } finally {
    limit.stop();
    await reader?.cancel().catch(() => undefined);
  }
}
