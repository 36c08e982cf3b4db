import { createReadStream, existsSync } from "node:fs";
import { extname, join } from "node:path";
import { createGzip } from "node:zlib";
import type { Plugin } from "vite";

/** Types of the files that are worth compressing. Models and engines are loaded from the disk faster than they decompress. */
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

/** Compresses the files of the built page in `vite preview`, as web hosts do. */
export function compressedPreview(): Plugin {
  return {
    name: "compressed-preview",
    configurePreviewServer({ middlewares, config }) {
      middlewares.use((request, response, next) => {
        const pathname = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
        const path = join(config.build.outDir, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
        const type = TYPES[extname(path)];
        const accepts = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
        const isInside = !pathname.split(/[\\/]/).includes("..");
        if (type === undefined || !accepts || !isInside || !existsSync(path)) return next();
        response.writeHead(200, {
          ...(config.preview.headers as Record<string, string>),
          ...{ "content-type": type, "content-encoding": "gzip", vary: "accept-encoding" },
        });
        createReadStream(path).pipe(createGzip()).pipe(response);
      });
    },
  };
}
