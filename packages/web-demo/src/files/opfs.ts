import { openPrivateFolder, writePrivateFile } from "@bertie/classifier";

/** Files that only this page sees, on this device (the origin private file system). */
export interface Folder {
  /** The file, if it is there. */
  read(name: string): Promise<File | undefined>;
  /** Writes a file piece by piece: its new contents are there when all is written, or else the old ones. */
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
