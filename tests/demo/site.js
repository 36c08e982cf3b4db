import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** The built page. */
const DIST = fileURLToPath(new URL("../../packages/web-demo/dist", import.meta.url));
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/**
 * A static host of the built page, on this machine.
 *
 * @param options.path the folder of the host in which the page lies, "/" or "/some/where/"
 * @param options.isolated whether the host sends the headers with which pages may have threads
 * @returns the page's address, and a function that ends the host
 */
export async function serveDemo({ path = "/", isolated = true } = {}) {
  const server = createServer(async (request, response) => {
    const asked = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const name = asked === path ? "index.html" : asked.slice(path.length);
    try {
      if (!asked.startsWith(path)) throw new Error("elsewhere");
      const body = await readFile(join(DIST, name));
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-length": body.length, ...(isolated && ISOLATION) });
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
