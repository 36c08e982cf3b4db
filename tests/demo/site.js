import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Folder of the built page. */
const DIST = fileURLToPath(new URL("../../packages/web-demo/dist", import.meta.url));
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Compressed files by their paths. */
const compressed = new Map();

/** Compresses text, as web hosts do. */
function compress(name, body, type) {
  if (!type.includes("charset")) return { body };
  if (!compressed.has(name)) compressed.set(name, gzipSync(body));
  return { body: compressed.get(name), encoding: { "content-encoding": "gzip" } };
}

/**
 * Serves the built page on localhost.
 *
 * @param options.path URL path of the page, such as "/" or "/some/folder/"
 * @param options.isolated whether to send the headers for cross-origin isolation, which threads need
 * @returns the URL of the page, and a function that stops the server
 */
export async function serveDemo({ path = "/", isolated = true } = {}) {
  const server = createServer(async (request, response) => {
    const requested = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const name = requested === path ? "index.html" : requested.slice(path.length);
    try {
      if (!requested.startsWith(path)) throw new Error("outside of the page");
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      const { body, encoding } = compress(name, await readFile(join(DIST, name)), type);
      const headers = { "content-type": type, "content-length": body.length, ...encoding };
      response.writeHead(200, { ...headers, ...(isolated && ISOLATION) });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}${path}`, close };
}
