import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import type { HubCache, PartialFile } from "./cache.ts";
import { withFileLock } from "./file-lock.node.ts";
import type { HubFile } from "./repository.ts";
import { corruptFile, hashPrefix } from "./verify.ts";

/**
 * Returns the cache in a directory, in the layout of Python's huggingface_hub: `blobs` contains the contents by hash,
 * `snapshots/COMMIT` links to them by name, and `refs` contains the commits of branches and tags.
 */
export function diskCache(directory: string): HubCache {
  const folderOf = (repo: string) => join(directory, `models--${repo.replaceAll("/", "--")}`);
  const pathsOf = (repo: string, commit: string) => join(folderOf(repo), "bertie", `${commit}.txt`);
  const snapshotOf = (repo: string, commit: string) => join(folderOf(repo), "snapshots", commit);
  return {
    name: directory,
    async readRef(repo, revision) {
      const ref = await ifExists(readFile(join(folderOf(repo), "refs", revision), "utf8"));
      return ref !== undefined && /^[0-9a-f]{40}$/.test(ref.trim()) ? ref.trim() : undefined;
    },
    async writeRef(repo, revision, commit) {
      if ((await this.readRef(repo, revision)) === commit) return;
      await writing(directory, () => writeAtomically(join(folderOf(repo), "refs", revision), commit));
    },
    async readPaths(repo, commit) {
      const own = await ifExists(readFile(pathsOf(repo, commit), "utf8"));
      if (own !== undefined) return own.split("\n");
      const tree = await ifExists(readFile(join(folderOf(repo), "trees", `${commit}.json`), "utf8"));
      return tree === undefined ? undefined : pathsOfTree(tree);
    },
    async writePaths(repo, commit, paths) {
      const path = pathsOf(repo, commit);
      if (await exists(path)) return;
      await writing(directory, () => writeAtomically(path, paths.join("\n")));
    },
    async list(repo, commit) {
      const folder = snapshotOf(repo, commit);
      const entries = (await ifExists(readdir(folder, { recursive: true, withFileTypes: true }))) ?? [];
      const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
      const existing = await Promise.all(paths.map(async (path) => ((await exists(path)) ? [path] : [])));
      return existing.flat().map((path) => relative(folder, path).replaceAll("\\", "/"));
    },
    read: (repo, commit, path) => ifExists(readFile(join(snapshotOf(repo, commit), path))),
    add(repo, commit, file, fetchRest) {
      const blob = join(folderOf(repo), "blobs", file.hash);
      const lock = join(directory, ".locks", `models--${repo.replaceAll("/", "--")}`, `${file.hash}.bertie.lock`);
      return writing(directory, async () => {
        await mkdir(dirname(blob), { recursive: true });
        if (!(await exists(blob)))
          await withFileLock(lock, async () => {
            if (!(await exists(blob))) await completeBlob(blob, repo, file, fetchRest);
          });
        await placeLink(blob, join(snapshotOf(repo, commit), file.path));
      });
    },
  };
}

/** Completes the file that an interrupted download has left, verifies it and moves it to its place. */
async function completeBlob(
  blob: string,
  repo: string,
  file: HubFile,
  fetchRest: (part: PartialFile) => Promise<void>,
): Promise<void> {
  const path = `${blob}.bertie.incomplete`; // Python deletes the incomplete files of its own downloads
  const handle = await open(path, "a");
  try {
    let { size } = await handle.stat();
    await fetchRest({
      get size() {
        return size;
      },
      async append(bytes) {
        await handle.appendFile(bytes);
        size += bytes.length;
      },
      async clear() {
        await handle.truncate(0);
        size = 0;
      },
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
  const found = await hashOf(path, file);
  if (found === file.hash) return rename(path, blob);
  await rm(path, { force: true });
  throw corruptFile(repo, file, found);
}

async function hashOf(path: string, file: HubFile): Promise<string> {
  const hash = createHash(file.algorithm === "git" ? "sha1" : "sha256").update(hashPrefix(file));
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/** Links a file of a snapshot to its contents. Systems without symbolic links get a copy. */
async function placeLink(blob: string, path: string): Promise<void> {
  if (await exists(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const staged = stagedPath(path);
  await symlink(relative(dirname(path), blob), staged).catch((error: NodeJS.ErrnoException) => {
    if (!NO_SYMLINKS.has(error.code)) throw error;
    return copyFile(blob, staged);
  });
  await rename(staged, path);
}

const NO_SYMLINKS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EACCES"]);

async function writeAtomically(path: string, contents: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const staged = stagedPath(path);
  await writeFile(staged, contents);
  await rename(staged, path);
}

/** Returns the paths of a list of files that Python's huggingface_hub has written, from version 2 on. */
function pathsOfTree(json: string): readonly string[] | undefined {
  try {
    const { files } = JSON.parse(json) as { readonly files?: object };
    return files && Object.keys(files);
  } catch {
    return undefined; // another version may use another format
  }
}

/** Returns a path next to another path that no other process uses. */
function stagedPath(path: string): string {
  return `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.new`;
}

async function exists(path: string): Promise<boolean> {
  return (await ifExists(stat(path))) !== undefined;
}

async function ifExists<T>(result: Promise<T>): Promise<T | undefined> {
  return result.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

/** Runs a function that writes to the cache. */
async function writing(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof BertieError || !(cause instanceof Error) || !("code" in cause)) throw cause;
    const text = `${directory}: the cache of the Hugging Face Hub cannot be written (${cause.code}). Check its permissions and the free space, or set HF_HUB_CACHE to another directory.`;
    throw new BertieError("hub/cache-not-written", text, { cause });
  }
}
