import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Input } from "../tokenize/inputs.ts";

const SAMPLES = 16;
const SAMPLE_BYTES = 1 << 12;

/** Returns the {@link sampleHash} of a file on disk, or a hash of a remote file's size and version; null for pipes. */
export function sampleOf({ path, remote, size }: Input): string | null {
  if (size === undefined) return null;
  if (path !== undefined) return sampleHash(path);
  if (remote?.version === undefined) return null;
  return createHash("sha256").update(`${size}\n${remote.version}`).digest("hex");
}

/**
 * Returns the SHA-256 of a file's size and of 16 samples of 4 KiB at equal distances, which tells different inputs apart without
 * reading them. Null if the path is not a readable regular file.
 */
export function sampleHash(path: string): string | null {
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) return null;
    const hash = createHash("sha256").update(`${stats.size}\n`);
    const buffer = new Uint8Array(SAMPLE_BYTES);
    const last = Math.max(0, stats.size - SAMPLE_BYTES);
    for (let i = 0; i < SAMPLES; i++) {
      const position = Math.floor((last / (SAMPLES - 1)) * i);
      hash.update(buffer.subarray(0, readSync(handle, buffer, 0, SAMPLE_BYTES, position)));
    }
    return hash.digest("hex");
  } finally {
    closeSync(handle);
  }
}
