import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { isFile } from "../../files.ts";

/** Where lines go: stdout, or a file that is there when it is complete. */
export interface TextOutput {
  write(text: string): Promise<void>;
  /** Puts the file in its place. */
  finish(): Promise<void>;
  /** Removes what was written; does nothing after `finish`. */
  discard(): Promise<void>;
}

/**
 * Opens a file that must not be there yet, or stdout.
 *
 * @throws BertieError "output/exists" or "output/unusable"
 */
export async function openTextOutput(path: string | undefined): Promise<TextOutput> {
  if (path === undefined) {
    return { write: (text) => writeToStdout(text), finish: async () => {}, discard: async () => {} };
  }
  if (await isFile(path))
    throw new BertieError("output/exists", `${path}: the file is there already; delete it or give another --output`);
  const staging = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}`);
  const handle = await open(staging, "wx").catch((cause: NodeJS.ErrnoException) => {
    throw new BertieError("output/unusable", `${path}: nothing can be written there (${cause.code})`, { cause });
  });
  let isOpen = true;
  return {
    async write(text) {
      await handle.writeFile(text);
    },
    async finish() {
      await handle.sync();
      await handle.close();
      isOpen = false;
      await rename(staging, path);
    },
    async discard() {
      if (!isOpen) return;
      isOpen = false;
      await handle.close();
      await rm(staging, { force: true });
    },
  };
}

/** Waits until the text is taken, so that a slow reader holds us up instead of filling memory. */
function writeToStdout(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}
