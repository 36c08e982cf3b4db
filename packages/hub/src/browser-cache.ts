import { concatenate } from "@bertie/common";
import type { HubCache, PartialFile } from "./cache.ts";
import type { HubFile } from "./repository.ts";
import { corruptFile, hashPrefix } from "./verify.ts";

/** Name of the cache in the Cache API. */
const CACHE = "bertie-hub";

/**
 * Returns the cache in the browser's Cache API. Its entries have the addresses of the files on the hub: the file of a commit
 * as `REPO/resolve/COMMIT/PATH`, and the commit of a branch or tag as `REPO/refs/REVISION`.
 */
export function browserCache(endpoint: string): HubCache {
  const refOf = (repo: string, revision: string) => `${endpoint}/${repo}/refs/${encodeURIComponent(revision)}`;
  const folderOf = (repo: string, commit: string) => `${endpoint}/${repo}/resolve/${commit}/`;
  const urlOf = (repo: string, commit: string, path: string) =>
    folderOf(repo, commit) + path.split("/").map(encodeURIComponent).join("/");
  const opened = caches.open(CACHE);
  const read = async (url: string) => (await opened).match(url);
  const write = async (url: string, body: BodyInit) => (await opened).put(url, new Response(body));
  return {
    name: "the browser's cache",
    async readRef(repo, revision) {
      return (await read(refOf(repo, revision)))?.text();
    },
    writeRef: (repo, revision, commit) => write(refOf(repo, revision), commit),
    async readPaths(repo, commit) {
      return (await (await read(folderOf(repo, commit) + PATHS))?.text())?.split("\n");
    },
    writePaths: (repo, commit, paths) => write(folderOf(repo, commit) + PATHS, paths.join("\n")),
    async list(repo, commit) {
      const folder = folderOf(repo, commit);
      const urls = (await (await opened).keys()).map(({ url }) => url).filter((url) => url.startsWith(folder));
      return urls
        .filter((url) => !url.endsWith(PARTIAL) && !url.endsWith(PATHS))
        .map((url) => decodeURIComponent(url.slice(folder.length)));
    },
    async read(repo, commit, path) {
      const response = await read(urlOf(repo, commit, path));
      return response && new Uint8Array(await response.arrayBuffer());
    },
    async add(repo, commit, file, fetchRest) {
      const url = urlOf(repo, commit, file.path);
      const left = await read(url + PARTIAL);
      const part = partInMemory(left && new Uint8Array(await left.arrayBuffer()));
      try {
        await fetchRest(part);
      } catch (error) {
        if (part.size > 0) await write(url + PARTIAL, part.bytes());
        throw error;
      }
      const bytes = part.bytes();
      await (await opened).delete(url + PARTIAL);
      const found = await hashOf(bytes, file);
      if (found !== file.hash) throw corruptFile(repo, file, found);
      await write(url, bytes);
    },
  };
}

/** End of the address of a file that has not been downloaded completely. */
const PARTIAL = "?incomplete";

/** End of the address of the list of all files of a commit. */
const PATHS = "?paths";

function partInMemory(left: Uint8Array = new Uint8Array()) {
  let chunks = [left];
  let length = left.length;
  return {
    get size() {
      return length;
    },
    async append(bytes: Uint8Array) {
      chunks.push(bytes);
      length += bytes.length;
    },
    async clear() {
      chunks = [];
      length = 0;
    },
    bytes: () => concatenate(chunks) as Uint8Array<ArrayBuffer>,
  } satisfies PartialFile & { bytes(): Uint8Array<ArrayBuffer> };
}

async function hashOf(bytes: Uint8Array, file: HubFile): Promise<string> {
  const prefix = new TextEncoder().encode(hashPrefix(file));
  const name = file.algorithm === "git" ? "SHA-1" : "SHA-256";
  const digest = await crypto.subtle.digest(name, concatenate([prefix, bytes]) as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
