import { createBufferPool } from "@bertie/tokenizer-wasm/stream";
import { describe, expect, it } from "vitest";
import { createOffsetPacker, idBytes, packIds } from "./ids.ts";

const rows = { ids: Int32Array.of(1, 65_535, 3), rowOffsets: Int32Array.of(0, 2, 2, 3) };

describe("packIds()", () => {
  it("packs ids as little-endian integers of two or four bytes", () => {
    const pool = createBufferPool();
    expect([...packIds(rows, 2, pool).data]).toEqual([1, 0, 255, 255, 3, 0]);
    expect([...packIds(rows, 4, pool).data]).toEqual([1, 0, 0, 0, 255, 255, 0, 0, 3, 0, 0, 0]);
    expect([...packIds(rows, 2, pool).rowOffsets!]).toEqual([0, 2, 2, 3]);
  });
});

describe("idBytes()", () => {
  it("is 4 for more than 65,536 entries", () => {
    expect([idBytes(21_128), idBytes(65_536), idBytes(65_537)]).toEqual([2, 2, 4]);
  });
});

describe("createOffsetPacker()", () => {
  it("continues from the end of the previous block, beyond 32 bits", () => {
    const packer = createOffsetPacker();
    const pack = (...rowOffsets: number[]) => {
      const bytes = packer.pack(Int32Array.from(rowOffsets)).slice();
      return Array.from(new BigUint64Array(bytes.buffer));
    };
    const most = 2 ** 31 - 1;
    expect(pack(0, 2, 2, most)).toEqual([2n, 2n, BigInt(most)]);
    expect(pack(0, 5)).toEqual([BigInt(most) + 5n]);
    expect(pack(0, most - 5)).toEqual([2n * BigInt(most)]);
    expect(pack(0)).toEqual([]);
    expect(pack(0, 1, 2, 3, 9)).toEqual([1n, 2n, 3n, 9n].map((more) => 2n ** 32n - 2n + more));
    expect(pack(0, 1)).toEqual([2n ** 32n + 8n]);
  });
});
