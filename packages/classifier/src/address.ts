import { BertieError } from "@bertie/common";

/**
 * The address that a location names: a URL, or in browsers a path relative to the page.
 *
 * @returns undefined for a file on disk
 */
export function addressOf(location: string | URL): URL | undefined {
  if (location instanceof URL) return location.protocol === "file:" ? undefined : location;
  if (/^https?:/.test(location)) return new URL(location);
  return hasFileSystem() ? undefined : new URL(location, globalThis.location?.href);
}

function hasFileSystem(): boolean {
  const { process, Deno } = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown };
  return Deno !== undefined || process?.versions?.node !== undefined;
}

/**
 * Loads a file from a server.
 *
 * @returns undefined where the server has no such file
 * @throws BertieError "input/unreachable"
 */
export async function fetchFile(address: URL): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(address);
    if (response.status === 404) return undefined;
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new BertieError("input/unreachable", `${address.href}: the server answers ${response.status}`);
  } catch (cause) {
    if (cause instanceof BertieError) throw cause;
    throw new BertieError("input/unreachable", `${address.href}: cannot be loaded; check the network`, { cause });
  }
}
