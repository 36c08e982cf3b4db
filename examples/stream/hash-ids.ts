// Hashes the ids of a stream piece by piece, so that the ids of an input of any size need little memory.
import type { LinesBatch } from "@bertie/tokenizer-wasm";

export interface Summary {
  readonly lines: number;
  readonly tokens: number;
  /** SHA-256 of the ids as 16-bit integers, as in the files of `bertie tokenize --format bin`; see {@link createHash}. */
  readonly hash: string;
}

const PIECE_BYTES = 1 << 20;

/** Reads the batches of a stream. */
export async function summarize(batches: AsyncIterable<LinesBatch>): Promise<Summary> {
  const hash = createHash();
  let [lines, tokens] = [0, 0];
  for await (const { ids, rowOffsets } of batches) {
    lines += rowOffsets.length - 1;
    tokens += ids.length;
    const packed = new Uint16Array(ids);
    await hash.update(new Uint8Array(packed.buffer));
  }
  return { lines, tokens, hash: await hash.digest() };
}

/** Creates a chain of hashes: each is the SHA-256 of the previous hash and of the next MiB. Web Crypto has no incremental hash. */
export function createHash() {
  const piece = new Uint8Array(32 + PIECE_BYTES);
  let filled = 32;
  async function chain(): Promise<void> {
    piece.set(new Uint8Array(await crypto.subtle.digest("SHA-256", piece.subarray(0, filled))));
    filled = 32;
  }
  return {
    async update(bytes: Uint8Array): Promise<void> {
      for (let start = 0; start < bytes.length; ) {
        const part = bytes.subarray(start, start + piece.length - filled);
        piece.set(part, filled);
        filled += part.length;
        start += part.length;
        if (filled === piece.length) await chain();
      }
    },
    async digest(): Promise<string> {
      await chain();
      return Array.from(piece.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}
