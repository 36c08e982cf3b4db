import { openPrivateFolder, writePrivateFile } from "@bertie/classifier";

/** Folder in the origin private file system of the browser. */
export interface Folder {
  /** Returns a file, or undefined if it does not exist. */
  read(name: string): Promise<File | undefined>;
  /** Writes a file atomically: it keeps its old contents until all chunks are written. */
  write(name: string, chunks: AsyncIterable<FileChunk>): Promise<void>;
}

export type FileChunk = Uint8Array<ArrayBuffer> | string;

export async function openFolder(name: string): Promise<Folder> {
  const folder = await openPrivateFolder(name);
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
