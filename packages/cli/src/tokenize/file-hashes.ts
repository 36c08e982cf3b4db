import { createHash, type Hash } from "node:crypto";
import type { FileStretch } from "./block.ts";
import { createBlockReader } from "./file-block.ts";

/** SHA-256 of files, each under a key, piece by piece. */
export interface FileHashes {
  /** The next bytes. */
  update(key: string, bytes: Uint8Array): void;
  /** The next bytes, as they lie on the disk. */
  updateFromFile(key: string, stretch: FileStretch): void;
  /** The hash of all that came for a key, in hexadecimal. */
  digest(key: string): string;
  close(): void;
}

/** So much is read at a time. */
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
        hashOf(key).update(reader.stretch({ path, from: at, to: Math.min(at + READ_BYTES, to) }));
    },
    digest: (key) => hashOf(key).digest("hex"),
    close: reader.close,
  };
}
