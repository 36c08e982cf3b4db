import { BertieError, hasFileSystem } from "@bertie/common";

/**
 * Returns the URL of a remote location: an http(s) URL or, in browsers, a path relative to the page.
 *
 * @returns undefined for a file on disk
 */
export function remoteUrl(location: string | URL): URL | undefined {
  if (location instanceof URL) return location.protocol === "file:" ? undefined : location;
  if (/^https?:/.test(location)) return new URL(location);
  return hasFileSystem() ? undefined : new URL(location, globalThis.location?.href);
}

/**
 * Downloads a file.
 *
 * @returns undefined if the server responds with status 404
 * @throws BertieError "input/unreachable" if the server responds with another error status or cannot be reached
 */
export async function fetchFile(url: URL): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(url);
    if (response.status === 404) return undefined;
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const message = `${url.href}: the server responded with status ${response.status}. Check the URL, and try again.`;
    throw new BertieError("input/unreachable", message);
  } catch (cause) {
    if (cause instanceof BertieError) throw cause;
    throw new BertieError("input/unreachable", `${url.href}: cannot be downloaded. Check the network connection.`, {
      cause,
    });
  }
}
