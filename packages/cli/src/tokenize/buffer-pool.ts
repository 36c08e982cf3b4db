/** Buffers that are used again: memory stays level, and no page of it is cleared and mapped for every block. */
export interface BufferPool {
  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number): ArrayBuffer;
  give(buffer: ArrayBuffer): void;
  /** Takes all buffers out. */
  empty(): ArrayBuffer[];
}

/** More than a few are never in use at a time; what came of one very long line is not kept for long. */
const MOST_KEPT = 8;
const ROUNDING = 1 << 16;

export function createBufferPool(): BufferPool {
  let free: ArrayBuffer[] = [];
  return {
    take(bytes) {
      const fitting = free.findIndex((buffer) => buffer.byteLength >= bytes);
      if (fitting >= 0) return free.splice(fitting, 1)[0]!;
      // The small ones would only be in the way from now on.
      free.shift();
      return new ArrayBuffer(Math.ceil((bytes * 1.25) / ROUNDING) * ROUNDING);
    },
    give(buffer) {
      if (buffer.byteLength > 0 && free.length < MOST_KEPT) free.push(buffer);
    },
    empty() {
      const all = free;
      free = [];
      return all;
    },
  };
}
