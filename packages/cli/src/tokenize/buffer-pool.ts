/** A pool of reusable buffers, which keeps memory use constant and spares the kernel mapping new pages for every block. */
export interface BufferPool {
  /** Returns a buffer of at least the given size, with arbitrary contents. */
  take(bytes: number): ArrayBuffer;
  /** Returns a buffer to the pool. */
  give(buffer: ArrayBuffer): void;
  /** Removes and returns all free buffers. */
  empty(): ArrayBuffer[];
}

/** Maximum number of free buffers. Few are in use at a time, and a buffer grown for one very long line should not stay. */
const MAX_BUFFERS = 8;
/** Buffer sizes are multiples of this number of bytes. */
const ROUNDING = 1 << 16;

export function createBufferPool(): BufferPool {
  let free: ArrayBuffer[] = [];
  return {
    take(bytes) {
      const fitting = free.findIndex((buffer) => buffer.byteLength >= bytes);
      if (fitting >= 0) return free.splice(fitting, 1)[0]!;
      // All free buffers are too small, and probably will be for later blocks too: drop the oldest.
      free.shift();
      return new ArrayBuffer(Math.ceil((bytes * 1.25) / ROUNDING) * ROUNDING);
    },
    give(buffer) {
      if (buffer.byteLength > 0 && free.length < MAX_BUFFERS) free.push(buffer);
    },
    empty() {
      const all = free;
      free = [];
      return all;
    },
  };
}
