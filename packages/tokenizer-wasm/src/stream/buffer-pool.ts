/** Pool of reusable buffers, which keeps memory use constant and avoids mapping new memory pages for every block. */
export interface BufferPool {
  /** Returns a buffer of at least the given size in bytes, with arbitrary contents. */
  acquire(bytes: number): ArrayBuffer;
  /** Puts a buffer back into the pool. */
  release(buffer: ArrayBuffer): void;
  /** Removes and returns all free buffers. */
  empty(): ArrayBuffer[];
}

/** Maximum number of free buffers. Few are in use at a time, and a buffer for one very long line should be freed. */
const MAX_BUFFERS = 8;
/** Buffer sizes are multiples of this number of bytes. */
const ROUNDING = 1 << 16;

/**
 * Creates an empty pool.
 *
 * @example
 * ```ts
 * import { createBufferPool } from "@bertie/tokenizer-wasm/stream";
 *
 * const pool = createBufferPool();
 * const buffer = pool.acquire(1000);
 * pool.release(buffer);
 * console.log(pool.acquire(10) === buffer); // true
 * ```
 */
export function createBufferPool(): BufferPool {
  let free: ArrayBuffer[] = [];
  return {
    acquire(bytes) {
      const fitting = free.findIndex((buffer) => buffer.byteLength >= bytes);
      if (fitting >= 0) return free.splice(fitting, 1)[0]!;
      // All free buffers are too small, and probably will be for later blocks too: drop the oldest.
      free.shift();
      return new ArrayBuffer(Math.ceil((bytes * 1.25) / ROUNDING) * ROUNDING);
    },
    release(buffer) {
      if (buffer.byteLength > 0 && free.length < MAX_BUFFERS) free.push(buffer);
    },
    empty() {
      const all = free;
      free = [];
      return all;
    },
  };
}
