import type { FileBlock } from "./block.ts";
import type { FileHashes } from "./file-hashes.ts";

/** SHA-256 of the inputs, as far as they are read. */
export interface InputHashes {
  /** The next bytes of an input, as they are stored. */
  update(input: number, bytes: Uint8Array): void;
  /** The next stretch of an input, which is read elsewhere. */
  updateFromFile(block: FileBlock): void;
  /** The hashes in hexadecimal, by input; none of inputs of which nothing was read. */
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
