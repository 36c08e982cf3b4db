import { createHash, type Hash } from "node:crypto";
import type { FileRange } from "./block.ts";
import { createBlockReader } from "./file-block.ts";

/** Incremental SHA-256 hashes of several files, each identified by a key. */
export interface FileHashes {
  /** Adds bytes to the hash of a key. */
  update(key: string, bytes: Uint8Array): void;
  /** Adds a range of a file to the hash of a key. */
  updateFromFile(key: string, range: FileRange): void;
  /** Returns the hash of a key in hexadecimal. */
  digest(key: string): string;
  close(): void;
}

/** Number of bytes per read. */
const READ_BYTES = 1 << 20;

export function createFileHashes(): FileHashes {
  const hashes = new Map<string, Hash>();
  const reader = createBlockReader();
  const hashOf = (key: string) => {
    const hash = hashes.get(key) ?? createHash("sha256");
    hashes.set(key, hash);
    return hash;
  };
  return {
    update(key, bytes) {
      hashOf(key).update(bytes);
    },
    updateFromFile(key, { path, from, to }) {
      for (let at = from; at < to; at += READ_BYTES)
        hashOf(key).update(reader.readRange({ path, from: at, to: Math.min(at + READ_BYTES, to) }));
    },
    digest: (key) => hashOf(key).digest("hex"),
    close: reader.close,
  };
}
