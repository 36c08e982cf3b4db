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
