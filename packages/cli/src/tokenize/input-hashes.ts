import type { FileBlock } from "./block.ts";
import type { FileHashes } from "./file-hashes.ts";

/** SHA-256 hashes of the parts of the inputs that are read. */
export interface InputHashes {
  /** Adds bytes to the hash of an input, as stored (before decompression). */
  update(input: number, bytes: Uint8Array): void;
  /** Adds the range of a block to the hash of its input, by reading the range from the file again. */
  updateFromFile(block: FileBlock): void;
  /** Returns the hashes in hexadecimal by input index, without inputs that were not read. */
  digests(): Map<number, string>;
}

export function createInputHashes(files: FileHashes): InputHashes {
  const read = new Set<number>();
  const keyOf = (input: number) => {
    read.add(input);
    return `input ${input}`;
  };
  return {
    update: (input, bytes) => files.update(keyOf(input), bytes),
    updateFromFile: (block) => files.updateFromFile(keyOf(block.input), block),
    digests: () => new Map(Array.from(read, (input) => [input, files.digest(keyOf(input))])),
  };
}
