// A static file server for this machine.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

/**
 * Serves a folder on this machine.
 *
 * @param options.path path under which the folder is served (default: "/")
 * @param options.port 0 chooses a free port
 * @returns the address, and a function that stops the server
 */
export async function serveFolder(folder, { path = "/", port = 0 } = {}) {
  const server = createServer(async (request, response) => {
    const asked = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const file = asked.slice(path.length) + (asked.endsWith("/") ? "index.html" : "");
    try {
      if (!asked.startsWith(path)) throw new Error(`${asked} is outside of ${path}`);
      const body = await readFile(join(folder, file));
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      const body = await readFile(join(folder, "404.html")).catch(() => "");
      response.writeHead(404, { "content-type": types[".html"] }).end(body);
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}${path}`, close };
}
