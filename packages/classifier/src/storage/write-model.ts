import { directoryStorage } from "./directory.ts";
import type { FileWriter, Storage } from "./storage.ts";

/**
 * Writes the files of a model atomically to a directory or a storage, or passes them to a writer.
 *
 * @param write writes the files, and returns the result
 * @throws BertieError "output/…" if the target has contents that may not be replaced, or cannot be written
 */
export async function writeModel<T>(
  target: string | Storage | FileWriter,
  write: (writer: FileWriter) => Promise<T>,
  overwrite = false,
): Promise<T> {
  if (typeof target !== "string" && "write" in target) return write(target);
  const storage = typeof target === "string" ? directoryStorage(target) : target;
  const workspace = await storage.open({ overwrite });
  try {
    await workspace.checkTarget({ overwrite });
    const result = await write(workspace);
    await workspace.commit({ overwrite });
    return result;
  } finally {
    await workspace.close();
  }
}
