import { BertieError, type PlatformType } from "@bertie/common";
import { byteChunks, type Chunks } from "./storage.ts";

/** A folder of a browser: a `FileSystemDirectoryHandle`. */
export type FolderHandle = PlatformType<
  "FileSystemDirectoryHandle",
  { readonly kind: "directory"; readonly name: string }
>;

/**
 * Opens a folder of the browser's private file system (OPFS), and creates the folder if it does not exist. Only pages
 * of the same origin can access it.
 *
 * @param name name of a folder at the top level of OPFS
 * @throws BertieError "browser/no-storage" if the browser does not let the page store files
 *
 * @example
 * ```ts ignore
 * import { openPrivateFolder, writePrivateFile } from "@bertie/classifier";
 *
 * const folder = await openPrivateFolder("my-app");
 * await writePrivateFile(folder, "settings/theme.json", '{ "dark": true }');
 * ```
 */
export async function openPrivateFolder(name: string): Promise<FolderHandle> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
  } catch (cause) {
    const text =
      "the browser does not let this page store files. Open the page over https://, and not in a private window.";
    throw new BertieError("browser/no-storage", text, { cause });
  }
}

/**
 * Writes a file chunk by chunk. Readers see the old contents until all chunks are written.
 *
 * @param path path relative to the root folder; missing parent folders are created
 * @throws BertieError "browser/storage-full" if the browser's storage quota is exceeded
 *
 * @example
 * ```ts ignore
 * import { openPrivateFolder, writePrivateFile } from "@bertie/classifier";
 *
 * const folder = await openPrivateFolder("my-app");
 * await writePrivateFile(folder, "notes.txt", "hello");
 * ```
 */
export async function writePrivateFile(root: FolderHandle, path: string, chunks: Chunks): Promise<void> {
  const [folder, name] = splitPath(path);
  const parent = (await findFolder(root, folder, true))!;
  const stream = await (await parent.getFileHandle(name, { create: true })).createWritable();
  try {
    for await (const chunk of byteChunks(chunks)) await stream.write(chunk as Uint8Array<ArrayBuffer>);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => {});
    throw describeWriteError(error);
  }
}

/** Returns a subfolder, or undefined if the subfolder does not exist and `create` is false. */
export async function findFolder(root: FolderHandle, path: string, create = false): Promise<FolderHandle | undefined> {
  let folder = root;
  try {
    for (const name of path.split("/").filter(Boolean)) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Splits a path at the last slash. The folder is empty for a path without a slash. */
export function splitPath(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(at, 0)), path.slice(at + 1)];
}

export function isNotFound(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotFoundError";
}

function describeWriteError(error: unknown): unknown {
  if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") return error;
  const text =
    "the browser's storage quota for this page is exceeded. Free disk space, or delete stored data of this page.";
  return new BertieError("browser/storage-full", text, { cause: error });
}
