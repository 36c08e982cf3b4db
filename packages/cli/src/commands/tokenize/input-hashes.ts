import { createHash, type Hash } from "node:crypto";
import type { FileBlock } from "./block.ts";
import type { FileHashes } from "./file-hashes.ts";

/** SHA-256 of the inputs, as far as they are read. */
export interface InputHashes {
  /** The next bytes of an input, as they are stored. */
  update(input: number, bytes: Uint8Array): void;
  /** The next stretch of an input, which is read elsewhere. */
  updateFromFile(block: FileBlock): void;
  /** The hashes in hexadecimal, by input; none of inputs of which nothing was read. */
  digests(): Promise<Map<number, string>>;
}

export function createInputHashes(files: FileHashes): InputHashes {
  const here = new Map<number, Hash>();
  const elsewhere = new Set<number>();
  const keyOf = (input: number) => `input ${input}`;
  return {
    update(input, bytes) {
      const hash = here.get(input) ?? createHash("sha256");
      here.set(input, hash.update(bytes));
    },
    updateFromFile({ input, path, from, to }) {
      elsewhere.add(input);
      files.add({ key: keyOf(input), path, from, to });
    },
    async digests() {
      const digests = new Map<number, string>();
      for (const [input, hash] of here) digests.set(input, hash.digest("hex"));
      for (const input of elsewhere) digests.set(input, await files.digest(keyOf(input)));
      return digests;
    },
  };
}
