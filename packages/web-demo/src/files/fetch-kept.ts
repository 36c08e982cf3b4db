import { BertieError } from "@bertie/common";

/** The cache that the service worker answers from, too. */
const FILES = "files";

export interface Loaded {
  readonly bytes: number;
  /** 0 where the server does not say. */
  readonly total: number;
}

/**
 * A file of this site: from the browser's cache if it has been asked for before, else from the server, and kept.
 *
 * @param onProgress is told how much has come
 * @throws BertieError "input/unreachable"
 */
export async function fetchKept(url: string, onProgress: (loaded: Loaded) => void = () => {}): Promise<Uint8Array> {
  // There is none in some private windows, and none for pages that come without encryption.
  const cache = "caches" in globalThis ? await caches.open(FILES).catch(() => undefined) : undefined;
  const kept = await cache?.match(url);
  const response = kept ?? (await fetch(url).catch(() => undefined));
  if (!response?.ok || response.body === null) {
    const name = new URL(url, location.href).pathname.split("/").at(-1);
    throw new BertieError("input/unreachable", `${name} cannot be loaded: is the network there?`);
  }
  const total = Number(response.headers.get("content-length") ?? 0);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of readable(response.body)) {
    chunks.push(chunk);
    bytes += chunk.length;
    onProgress({ bytes, total: Math.max(total, bytes) });
  }
  const whole = new Blob(chunks);
  if (kept === undefined) {
    const headers = { "content-length": String(bytes), "content-type": response.headers.get("content-type") ?? "" };
    await cache?.put(url, new Response(whole, { headers })).catch(() => {}); // the disk may be full
  }
  return new Uint8Array(await whole.arrayBuffer());
}

/** Safari's streams cannot be iterated over. */
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
