import { BertieError } from "@bertie/common";

/** Name of the cache, which the service worker also reads. */
const FILES = "files";

export interface Loaded {
  readonly bytes: number;
  /** Size of the file, or 0 if the server does not send it. */
  readonly total: number;
}

/**
 * Returns a function that creates callbacks for the files of a download, whose progress is added up.
 *
 * @param total size of all files in bytes
 * @param emit receives the sum
 */
export function totalProgress(total: number, emit: (loaded: Loaded) => void): () => (loaded: Loaded) => void {
  const parts: number[] = [];
  return () => {
    const part = parts.push(0) - 1;
    return ({ bytes }) => {
      parts[part] = bytes;
      const sum = parts.reduce((a, b) => a + b);
      emit({ bytes: Math.min(sum, total), total });
    };
  };
}

/** Returns whether a file of this site is in the browser's cache. */
export async function isCached(url: string): Promise<boolean> {
  const cache = await openCache();
  return (await cache?.match(url)) !== undefined;
}

/** Opens the cache. Private windows of some browsers and all unencrypted pages have none. */
async function openCache(): Promise<Cache | undefined> {
  return "caches" in globalThis ? caches.open(FILES).catch(() => undefined) : undefined;
}

/**
 * Returns a file of this site from the browser's cache, or loads it from the server and caches it.
 *
 * @param onProgress called with the number of bytes loaded so far
 * @throws BertieError "input/unreachable" if the file cannot be loaded
 */
export async function fetchCached(url: string, onProgress: (loaded: Loaded) => void = () => {}): Promise<Uint8Array> {
  const cache = await openCache();
  const cached = await cache?.match(url);
  const response = cached ?? (await fetch(url).catch(() => undefined));
  if (!response?.ok || response.body === null) {
    const name = new URL(url, location.href).pathname.split("/").at(-1);
    throw new BertieError("input/unreachable", `${name}: cannot be downloaded. Check the network connection.`);
  }
  const total = Number(response.headers.get("content-length") ?? 0);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of readable(response.body)) {
    chunks.push(chunk);
    bytes += chunk.length;
    onProgress({ bytes, total: Math.max(total, bytes) });
  }
  const contents = new Blob(chunks);
  if (cached === undefined) {
    const headers = { "content-length": String(bytes), "content-type": response.headers.get("content-type") ?? "" };
    await cache?.put(url, new Response(contents, { headers })).catch(() => {}); // for example because the disk is full
  }
  return new Uint8Array(await contents.arrayBuffer());
}

/** Iterates over a stream, because streams are not async iterable in Safari. */
export async function* readable(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}
