import { describe, expect, it } from "vitest";
import { createBufferPool } from "../buffer-pool.ts";
import { idBytes, packIds, packOffsets } from "./ids.ts";

const rows = { ids: Int32Array.of(1, 65_535, 3), rowOffsets: Int32Array.of(0, 2, 2, 3) };

describe("packIds()", () => {
  it("makes little-endian integers of two or of four bytes", () => {
    const pool = createBufferPool();
    expect([...packIds(rows, 2, pool).data]).toEqual([1, 0, 255, 255, 3, 0]);
    expect([...packIds(rows, 4, pool).data]).toEqual([1, 0, 0, 0, 255, 255, 0, 0, 3, 0, 0, 0]);
    expect([...packIds(rows, 2, pool).rowOffsets!]).toEqual([0, 2, 2, 3]);
  });

  it("needs four bytes for more than 65,536 entries", () => {
    expect([idBytes(21_128), idBytes(65_536), idBytes(65_537)]).toEqual([2, 2, 4]);
  });
});

describe("packOffsets()", () => {
  it("counts beyond what 32 bits hold", () => {
    const view = new DataView(packOffsets(rows.rowOffsets, 2 ** 33 + 2 ** 32 - 3).slice().buffer);
    const offsets = [0, 8, 16].map((at) => view.getBigUint64(at, true));
    expect(offsets).toEqual([2n ** 33n + 2n ** 32n - 1n, 2n ** 33n + 2n ** 32n - 1n, 2n ** 33n + 2n ** 32n]);
  });
});
