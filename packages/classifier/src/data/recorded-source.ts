import type { FileSource } from "@bertie/model";
import { sha256 } from "../storage/sha256.ts";
import type { InputFile } from "../storage/storage.ts";

/** Wraps a source to record the path, size and hash of each file that is read. */
export function recordReads(source: FileSource): { readonly source: FileSource; files(): readonly InputFile[] } {
  const files: InputFile[] = [];
  return {
    source: {
      name: source.name,
      async read(path) {
        const contents = await source.read(path);
        if (contents !== undefined) files.push(await describeInput(`${source.name}/${path}`, contents));
        return contents;
      },
      ...(source.list && { list: (folder: string) => source.list!(folder) }),
    },
    files: () => files,
  };
}

/** Returns the path, size and hash of a file for the record of a run. */
export async function describeInput(path: string, contents: Uint8Array): Promise<InputFile> {
  return { path, bytes: contents.length, sha256: await sha256(contents) };
}
