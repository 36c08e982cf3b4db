import { BertieError } from "@bertie/common";

/** Files that only this page sees, on this device (the origin private file system). */
export interface Folder {
  /** The file, if it is there. */
  read(name: string): Promise<File | undefined>;
  /** Writes a file piece by piece: its new contents are there when all is written, or else the old ones. */
  write(name: string, chunks: Iterable<FileChunk> | AsyncIterable<FileChunk>): Promise<void>;
  /** Deletes what is there. */
  clear(): Promise<void>;
}

export type FileChunk = Uint8Array<ArrayBuffer> | string;

export async function openFolder(name: string): Promise<Folder> {
  let folder = await open(name);
  return {
    async read(file) {
      try {
        return await (await folder.getFileHandle(file)).getFile();
      } catch (error) {
        if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
        throw error;
      }
    },
    async write(file, chunks) {
      const stream = await (await folder.getFileHandle(file, { create: true })).createWritable();
      try {
        for await (const chunk of chunks) await stream.write(chunk);
        await stream.close();
      } catch (error) {
        await stream.abort().catch(() => {});
        throw inWords(error);
      }
    },
    async clear() {
      const root = await navigator.storage.getDirectory();
      await root.removeEntry(name, { recursive: true });
      folder = await open(name);
    },
  };
}

async function open(name: string): Promise<FileSystemDirectoryHandle> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
  } catch (cause) {
    const text =
      "the browser lets this page keep no files: open it in an ordinary window, not a private one, and from an https:// address";
    throw new BertieError("browser/no-storage", text, { cause });
  }
}

function inWords(error: unknown): unknown {
  if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") return error;
  return new BertieError("browser/storage-full", "the browser gives this page no more room on the disk: free some", {
    cause: error,
  });
}
