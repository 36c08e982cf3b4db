import type { BufferPool } from "@bertie/tokenizer-wasm/stream";
import type { Rows } from "../rows.ts";
import type { Packed } from "./packed.ts";

/** Returns the bytes per id in flat files: 2 for at most 65,536 vocabulary entries, otherwise 4, as in nanoGPT and Megatron. */
export function idBytes(vocabSize: number): 2 | 4 {
  return vocabSize <= 1 << 16 ? 2 : 4;
}

/** Packs ids as little-endian integers of 2 or 4 bytes, with the row offsets. */
export function packIds({ ids, rowOffsets }: Rows, bytesPerId: 2 | 4, pool: BufferPool): Packed {
  const buffer = pool.acquire(ids.length * bytesPerId);
  const packed = bytesPerId === 2 ? new Uint16Array(buffer, 0, ids.length) : new Int32Array(buffer, 0, ids.length);
  packed.set(ids);
  const offsets = new Int32Array(pool.acquire(rowOffsets.byteLength), 0, rowOffsets.length);
  offsets.set(rowOffsets);
  return { data: new Uint8Array(buffer, 0, packed.byteLength), rowOffsets: offsets };
}

/** Creates a converter from row offsets in a block to row offsets in the output, as little-endian 64-bit integers. */
export function createOffsetPacker() {
  let halves = new Uint32Array(0);
  let tokens = 0;
  return {
    /** Returns the offsets of the next block's row ends, valid until the next call. */
    pack(rowOffsets: Int32Array): Uint8Array {
      const rows = rowOffsets.length - 1;
      if (halves.length < 2 * rows) halves = new Uint32Array(4 * rows);
      const high = Math.floor(tokens / 2 ** 32);
      const low = tokens >>> 0;
      const carryFrom = 2 ** 32 - low;
      for (let row = 1; row <= rows; row++) {
        const offset = rowOffsets[row]!;
        halves[2 * row - 2] = low + offset;
        halves[2 * row - 1] = offset < carryFrom ? high : high + 1;
      }
      tokens += rowOffsets[rows]!;
      return new Uint8Array(halves.buffer, 0, 8 * rows);
    },
  };
}
