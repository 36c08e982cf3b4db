import { openPrivateFolder, writePrivateFile } from "@bertie/classifier";
import { BertieError } from "@bertie/common";

/** Folder in the origin private file system of the browser. */
export interface Folder {
  /** Returns a file, or undefined if it does not exist. */
  read(name: string): Promise<File | undefined>;
  /** Writes a file atomically: it keeps its old contents until all chunks are written. */
  write(name: string, chunks: AsyncIterable<FileChunk>): Promise<void>;
}

export type FileChunk = Uint8Array<ArrayBuffer> | string;

/** Opens a folder. Without storage, as in a private window, its files are in memory. */
export async function openFolder(name: string): Promise<Folder> {
  try {
    return storedFolder(await openPrivateFolder(name));
  } catch (error) {
    if (!(error instanceof BertieError) || error.code !== "browser/no-storage") throw error;
    return memoryFolder();
  }
}

function memoryFolder(): Folder {
  const files = new Map<string, File>();
  return {
    read: async (name) => files.get(name),
    async write(name, chunks) {
      const parts: FileChunk[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      files.set(name, new File(parts, name));
    },
  };
}

function storedFolder(folder: Awaited<ReturnType<typeof openPrivateFolder>>): Folder {
  return {
    async read(file) {
      try {
        return await (await folder.getFileHandle(file)).getFile();
      } catch (error) {
        if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
        throw error;
      }
    },
    write: (file, chunks) => writePrivateFile(folder, file, encoded(chunks)),
  };
}

async function* encoded(chunks: AsyncIterable<FileChunk>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}
