import { byteChunks, type FileWriter } from "@bertie/classifier";

/** File to save. */
export interface PageFile {
  /** Path of the file, including its folders. */
  readonly path: string;
  readonly content: Blob;
}

/** Returns the files that a function writes. */
export async function collectFiles(write: (writer: FileWriter) => Promise<void>): Promise<PageFile[]> {
  const files: PageFile[] = [];
  await write({
    async write(path, chunks) {
      const parts: BlobPart[] = [];
      for await (const chunk of byteChunks(chunks)) parts.push(chunk.slice());
      files.push({ path, content: new Blob(parts) });
    },
  });
  return files;
}
