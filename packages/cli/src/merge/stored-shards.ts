import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { BertieError } from "@bertie/common";
import { expandLocation, openRemoteFile, type RemoteFile } from "@bertie/stores";
import { joinLocation } from "../shards/join-location.ts";
import { MANIFEST } from "../tokenize/manifest.ts";
import type { ShardFiles } from "./shard-files.ts";

/**
 * Returns access to the files of shards at `s3://…`. Output files are downloaded, because all of them are read twice: to compare
 * their hashes, and to merge them in another order.
 *
 * @param folder temporary folder for the downloads
 * @param signal signal that ends requests
 * @returns access to the files; its methods throw BertieError "store/…" if the store cannot be used, and "output/not-written"
 *   if the folder has no space left
 */
export function storedShards(folder: string, signal: AbortSignal): ShardFiles {
  /** Locations of all objects below the prefixes that have been listed. */
  const listings = new Map<string, readonly string[]>();
  let directories = 0;

  async function objectsBelow(prefix: string): Promise<readonly string[]> {
    for (const [listed, found] of listings)
      if (prefix.startsWith(listed)) return found.filter((location) => location.startsWith(prefix));
    const found = (await unlessMissing(expandLocation(prefix, { signal }))) ?? [];
    listings.set(prefix, found);
    return found;
  }

  const openFile = (location: string) => unlessMissing(openRemoteFile(location, { signal }));
  const isFile = async (location: string) => (await openFile(location)) !== undefined;

  return {
    async expand(location) {
      if (isPrefix(location)) return [location];
      const found = await unlessMissing(expandLocation(location, { signal }));
      // Directories such as those of `bertie predict` are not objects, which a pattern could match.
      return found ?? (await unlessMissing(expandLocation(`${location}/*${MANIFEST}`, { signal }))) ?? [];
    },
    async isDirectory(location) {
      if (isPrefix(location)) return true;
      // Objects can be named without the right to list. Stores on a file system cannot tell whether a folder is an object.
      if (location.endsWith(MANIFEST) || (await isFile(location + MANIFEST))) return false;
      return (await objectsBelow(`${location}/`)).length > 0;
    },
    isFile,
    async list(directory) {
      const prefix = joinLocation(directory, "");
      const names = (await objectsBelow(prefix)).map((location) => location.slice(prefix.length).split("/")[0]!);
      return [...new Set(names)].sort();
    },
    async readText(location) {
      const file = await openRemoteFile(location, { signal });
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of file.stream({ signal })) text += decoder.decode(chunk, { stream: true });
      return text + decoder.decode();
    },
    identify: async (location) => location,
    directoryOnDisk: () => join(folder, String(directories++)),
    async retrieve(directory, onDisk, outputs) {
      const sizes: (number | undefined)[] = [];
      for (const { path, bytes } of outputs) {
        const file = await openFile(joinLocation(directory, path));
        sizes.push(file?.size);
        if (file?.size === bytes) await download(file, onDisk, path, signal);
      }
      return sizes;
    },
  };
}

/** Returns whether a location is a bucket, or ends with a slash, so that it cannot be an object. */
function isPrefix(location: string): boolean {
  return location.endsWith("/") || !location.slice("s3://".length).includes("/");
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BertieError && error.code === "input/missing-file") return undefined;
    throw error;
  }
}

async function download(file: RemoteFile, directory: string, name: string, signal: AbortSignal): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    const handle = await open(join(directory, name), "wx");
    try {
      for await (const chunk of file.stream({ signal, reusesMemory: true })) await handle.writeFile(chunk);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const text = `${file.name}: cannot be downloaded to ${directory} (${cause.message}). Set TMPDIR to a folder with space for all shards.`;
    throw new BertieError("output/not-written", text, { cause });
  }
}
