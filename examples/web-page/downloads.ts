// Downloads files once, and keeps them in the browser's cache. Later visits need no network.

export type Progress = { readonly loaded: number; readonly total: number };

/** Name of the cache. Change the name to make browsers download a new model. */
const CACHE = "model-1";

/**
 * Returns the contents of files by their names, from the cache or from the network.
 *
 * @param report receives the bytes loaded so far and the bytes in total, as far as the server has stated their number
 */
export async function downloads<Name extends string>(
  folder: URL,
  names: readonly Name[],
  report: (progress: Progress) => void,
): Promise<Record<Name, Uint8Array>> {
  if (!("caches" in globalThis))
    throw new Error("Open the page with https:// or at localhost. Other pages have no cache.");
  const cache = await caches.open(CACHE);
  const loaded = new Map<Name, Progress>();
  const update = (name: Name, progress: Progress) => {
    loaded.set(name, progress);
    const sum = (key: keyof Progress) => [...loaded.values()].reduce((bytes, file) => bytes + file[key], 0);
    if (loaded.size === names.length) report({ loaded: sum("loaded"), total: sum("total") });
  };
  const entries = names.map(async (name): Promise<[Name, Uint8Array]> => {
    const url = new URL(name, folder).href;
    const cached = await cache.match(url);
    const bytes = await read(cached ?? (await request(url)), (progress) => update(name, progress));
    // The file is stored when it is complete, so an interrupted download leaves nothing behind.
    if (cached === undefined)
      await cache.put(url, new Response(bytes, { headers: { "content-length": `${bytes.length}` } }));
    return [name, bytes];
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Name, Uint8Array>;
}

async function request(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  return response;
}

async function read(response: Response, report: (progress: Progress) => void): Promise<Uint8Array<ArrayBuffer>> {
  const total = Number(response.headers.get("content-length"));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  report({ loaded, total });
  for (const reader = response.body!.getReader(); ; ) {
    const { value } = await reader.read();
    if (value === undefined) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    chunks.push(value);
    loaded += value.length;
    report({ loaded, total: Math.max(total, loaded) });
  }
}
