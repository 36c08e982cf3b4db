// Keeps the page, so that it opens without a network. Larger files are kept once they have been asked for.

/** What is used of a service worker's global scope. */
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

// The build puts them in: see vite/service-worker-files.ts.
declare const __SHELL__: readonly string[];
declare const __VERSION__: string;

const scope = globalThis as unknown as Scope;
const page = `page-${__VERSION__}`;
/** Shared by all versions, as their names say what is in them. The page puts files there too. */
const FILES = "files";
const KEPT_WHEN_ASKED_FOR = /\.(wasm|mjs|safetensors)$|\/assets\//;

scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(page).then((cache) => cache.addAll([...__SHELL__])));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => scope.clients.claim()));
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== scope.location.origin) return;
  event.respondWith(answer(event).then(isolated));
});

async function dropOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("page-") && name !== page) await caches.delete(name);
}

async function answer({ request }: FetchEvent): Promise<Response> {
  const kept = await caches.match(request, { ignoreSearch: request.mode === "navigate", ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && KEPT_WHEN_ASKED_FOR.test(new URL(request.url).pathname)) {
    const copy = response.clone();
    // A full disk, or a page that takes but a part, is no fault of the answer's.
    void caches
      .open(FILES)
      .then((cache) => cache.put(request, copy))
      .catch(() => {});
  }
  return response;
}

/** With these headers a page may share memory between threads, even off a host that does not send them. */
function isolated(response: Response): Response {
  if (response.type === "opaque" || response.type === "error") return response;
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
