import { rename, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { BertieError } from "@bertie/common";

/**
 * Writes a text file atomically. Replaces an existing file.
 *
 * @throws BertieError "output/not-written"
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const staged = `${path}.${process.pid}.part`;
  try {
    await writeFile(staged, text);
    await rename(staged, path);
  } catch (cause) {
    await rm(staged, { force: true });
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new BertieError("output/not-written", `${path}: cannot be written (${code ?? message}). Check the path.`, {
      cause,
    });
  }
}
