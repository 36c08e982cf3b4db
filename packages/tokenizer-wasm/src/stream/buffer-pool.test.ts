import { describe, expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.ts";

describe("createBufferPool()", () => {
  it("reuses a returned buffer that is large enough", () => {
    const pool = createBufferPool();
    const buffer = pool.acquire(1000);
    expect(buffer.byteLength).toBeGreaterThanOrEqual(1000);
    pool.release(buffer);
    expect(pool.acquire(10)).toBe(buffer);
    expect(pool.acquire(10)).not.toBe(buffer);
  });

  it("allocates a buffer if the free ones are too small, and keeps only a few", () => {
    const pool = createBufferPool();
    for (let i = 0; i < 100; i++) pool.release(new ArrayBuffer(8));
    expect(pool.acquire(1 << 20).byteLength).toBeGreaterThanOrEqual(1 << 20);
    const reused = Array.from({ length: 100 }, () => pool.acquire(8)).filter(({ byteLength }) => byteLength === 8);
    expect(reused.length).toBeLessThan(10);
  });
});
