// Caches the page, so that it works offline. Large files are cached when they are first requested.

/** Members of the global scope of a service worker that are used here. */
interface Scope {
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}
interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

// Replaced by the build; see vite/service-worker-files.ts.
declare const __SHELL__: readonly string[];
declare const __VERSION__: string;

const scope = globalThis as unknown as Scope;
const page = `page-${__VERSION__}`;
/** Cache for files with a content hash in their name, shared by all versions of the page, which also write to it. */
const FILES = "files";
const CACHED_ON_REQUEST = /\.(wasm|mjs|safetensors)$|\/assets\//;

scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(page).then((cache) => cache.addAll([...__SHELL__])));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(deleteOtherVersions().then(() => scope.clients.claim()));
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== scope.location.origin) return;
  event.respondWith(answer(event).then(isolated));
});

async function deleteOtherVersions(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("page-") && name !== page) await caches.delete(name);
}

async function answer({ request }: FetchEvent): Promise<Response> {
  const cached = await caches.match(request, { ignoreSearch: request.mode === "navigate", ignoreVary: true });
  if (cached) return cached;
  const response = await fetch(request);
  if (response.ok && CACHED_ON_REQUEST.test(new URL(request.url).pathname)) {
    const copy = response.clone();
    // The response is valid even if caching fails, for example because the disk is full or the page reads only a part.
    void caches
      .open(FILES)
      .then((cache) => cache.put(request, copy))
      .catch(() => {});
  }
  return response;
}

/** Adds the headers that allow a page to share memory between threads, because some hosts do not send them. */
function isolated(response: Response): Response {
  if (response.type === "opaque" || response.type === "error") return response;
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
