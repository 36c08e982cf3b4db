import { BertieError } from "@bertie/common";
import { byteChunks, type Chunks } from "./storage.ts";

/**
 * Opens a folder of the browser's private file system (OPFS), which only pages of this origin see; it is created where there
 * is none.
 *
 * @throws BertieError "browser/no-storage" where the browser does not store files
 */
export async function openPrivateFolder(name: string): Promise<FileSystemDirectoryHandle> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
  } catch (cause) {
    const text =
      "the browser does not let this page store files: open the page in an ordinary window, not a private one, and from an https:// address";
    throw new BertieError("browser/no-storage", text, { cause });
  }
}

/**
 * Writes a file chunk by chunk. Readers see the old contents until all chunks are written.
 *
 * @param path relative to the folder; folders above the file are created
 * @throws BertieError "browser/storage-full"
 */
export async function writePrivateFile(root: FileSystemDirectoryHandle, path: string, chunks: Chunks): Promise<void> {
  const [folder, name] = splitPath(path);
  const parent = (await findFolder(root, folder, true))!;
  const stream = await (await parent.getFileHandle(name, { create: true })).createWritable();
  try {
    for await (const chunk of byteChunks(chunks)) await stream.write(chunk as Uint8Array<ArrayBuffer>);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => {});
    throw describe(error);
  }
}

/** Finds a folder in another, or creates it; undefined where there is none. */
export async function findFolder(root: FileSystemDirectoryHandle, path: string, create = false) {
  let folder = root;
  try {
    for (const name of path.split("/").filter(Boolean)) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export function splitPath(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(at, 0)), path.slice(at + 1)];
}

export function isNotFound(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotFoundError";
}

function describe(error: unknown): unknown {
  if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") return error;
  const text = "the browser's disk space for this page is full: free some space";
  return new BertieError("browser/storage-full", text, { cause: error });
}
