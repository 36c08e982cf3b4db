import { BertieError } from "@bertie/common";
import type { HubFile } from "./repository.ts";

/** Returns the bytes that precede the contents of a file in its hash. */
export function hashPrefix({ algorithm, size }: HubFile): string {
  return algorithm === "git" ? `blob ${size}\0` : "";
}

/** Returns the error for a file that does not have the expected hash. */
export function corruptFile(repo: string, file: HubFile, found: string): BertieError {
  const name = file.algorithm === "git" ? "Git hash" : "SHA-256";
  const text = `${repo}/${file.path}: the downloaded file is damaged and was removed: expected ${name} ${file.hash}, found ${found}. Try again; if HF_ENDPOINT names a mirror, try another one.`;
  return new BertieError("hub/corrupt", text);
}
