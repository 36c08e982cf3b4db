import { describe, expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.ts";

describe("createBufferPool()", () => {
  it("gives a buffer that came back to the next who can use it", () => {
    const pool = createBufferPool();
    const buffer = pool.take(1000);
    expect(buffer.byteLength).toBeGreaterThanOrEqual(1000);
    pool.give(buffer);
    expect(pool.take(10)).toBe(buffer);
    expect(pool.take(10)).not.toBe(buffer);
  });

  it("gives large enough ones, and keeps only a few", () => {
    const pool = createBufferPool();
    for (let i = 0; i < 100; i++) pool.give(new ArrayBuffer(8));
    expect(pool.take(1 << 20).byteLength).toBeGreaterThanOrEqual(1 << 20);
    const kept = Array.from({ length: 100 }, () => pool.take(8)).filter(({ byteLength }) => byteLength === 8);
    expect(kept.length).toBeLessThan(10);
  });
});
