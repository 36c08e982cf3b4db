import { notReached } from "./failures.ts";
import { parseLocation } from "./locations.ts";
import { sendToS3 } from "./s3-request.ts";
import { s3Settings } from "./s3-settings.ts";
import type { StoreSettings } from "./store-options.ts";

/** Source of the bytes of one file. */
export interface Connection {
  /** Name of the file in messages. */
  readonly name: string;
  /**
   * Requests the file or a part of it, without checking the status.
   *
   * @throws BertieError "store/not-reached"
   */
  get(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
}

/**
 * Returns the source of a location.
 *
 * @throws BertieError "store/location", "store/setting" or "store/credentials"
 */
export async function createConnection(location: string, { env }: StoreSettings): Promise<Connection> {
  const parsed = parseLocation(location);
  const { name } = parsed;
  if (parsed.kind === "s3") {
    const settings = await s3Settings(env);
    const { object } = parsed;
    return { name, get: (headers, signal) => sendToS3(settings, { method: "GET", object, headers, signal }, name) };
  }
  const url = new URL(parsed.url);
  const { username, password } = url;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  // fetch() rejects URLs with a password.
  url.username = "";
  url.password = "";
  return {
    name,
    async get(headers, signal) {
      const authorization = username === "" ? undefined : { authorization: `Basic ${base64(login)}` };
      try {
        // Ranges count the bytes of the file, so the response must not be compressed.
        return await fetch(url, { headers: { "accept-encoding": "identity", ...authorization, ...headers }, signal });
      } catch (cause) {
        throw notReached(name, signal.aborted ? signal.reason : cause);
      }
    },
  };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
