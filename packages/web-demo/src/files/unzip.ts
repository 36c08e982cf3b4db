import { BertieError } from "@bertie/common";
import { unzipSync } from "fflate";

/**
 * Returns the files of a zip file, by path.
 *
 * @throws BertieError "input/compression" if the file is not a valid zip file
 */
export async function unzip(archive: File): Promise<Map<string, Uint8Array>> {
  try {
    const entries = Object.entries(unzipSync(new Uint8Array(await archive.arrayBuffer())));
    return new Map(entries.filter(([path]) => !path.endsWith("/")));
  } catch (cause) {
    const text = `${archive.name}: the zip file is damaged or incomplete. Save or download it again.`;
    throw new BertieError("input/compression", text, { cause });
  }
}

/** Returns files by path, with the files in zip files in place of the zip files. */
export async function expandArchives(files: ReadonlyMap<string, File>): Promise<Map<string, File>> {
  const expanded = new Map<string, File>();
  for (const [path, file] of files) {
    if (!/\.zip$/i.test(path)) expanded.set(path, file);
    else
      for (const [inner, contents] of await unzip(file)) {
        const name = inner.split("/").at(-1)!;
        expanded.set(inner, new File([contents as Uint8Array<ArrayBuffer>], name));
      }
  }
  return expanded;
}
