import { statSync } from "node:fs";
import type { Plugin } from "vite";

const QUERY = "?size";

/**
 * Resolves imports such as `model.safetensors?size` to the size of the file in bytes. Servers that compress files do not send the
 * size, which the page needs to show the progress of a download.
 */
export function fileSizes(): Plugin {
  return {
    name: "file-sizes",
    enforce: "pre",
    async resolveId(source, importer) {
      if (!source.endsWith(QUERY)) return null;
      const resolved = await this.resolve(source.slice(0, -QUERY.length), importer, { skipSelf: true });
      return resolved && `\0${resolved.id}${QUERY}`;
    },
    load(id) {
      if (!id.startsWith("\0") || !id.endsWith(QUERY)) return null;
      return `export default ${statSync(id.slice(1, -QUERY.length)).size};`;
    },
  };
}
