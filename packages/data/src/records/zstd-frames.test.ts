import { describe, expect, it } from "vitest";
import { zstdFrames } from "./zstd-frames.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPED = [0x5e, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
/** Raw last block with one byte. */
const LAST_BLOCK = [9, 0, 0, 0x61];

async function framesOf(bytes: readonly number[], step = 2) {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += step) yield Uint8Array.from(bytes.slice(at, at + step));
  }
  const frames: { windowBytes: number; bytes: number[] }[] = [];
  for await (const { windowBytes, pieces } of zstdFrames(chunks())) {
    const all: number[] = [];
    for await (const piece of pieces) all.push(...piece);
    frames.push({ windowBytes, bytes: all });
  }
  return frames;
}

describe("zstdFrames()", () => {
  const windowed = [...MAGIC, 0x00, 0x99, 0x02, 0, 0, 0x61, ...LAST_BLOCK]; // an empty RLE block before the last block
  const single = [...MAGIC, 0x24, 1, ...LAST_BLOCK, 1, 2, 3, 4];
  const sized = [...MAGIC, 0x60, 0, 1, ...LAST_BLOCK];

  it("yields complete frames with their window size, and leaves out skippable frames", async () => {
    expect(await framesOf([...windowed, ...SKIPPED, ...single, ...sized])).toEqual([
      { windowBytes: (2 ** 29 / 8) * 9, bytes: windowed },
      { windowBytes: 1, bytes: single },
      { windowBytes: 512, bytes: sized },
    ]);
    expect(await framesOf([])).toEqual([]);
  });

  it("rejects a frame that is truncated at any position", async () => {
    for (let length = 1; length < single.length; length++)
      await expect(framesOf(single.slice(0, length))).rejects.toThrow("unexpected end of file");
    for (let length = 1; length < SKIPPED.length; length++)
      await expect(framesOf(SKIPPED.slice(0, length))).rejects.toThrow("unexpected end of file");
  });

  it("rejects bytes that are not a frame, and unknown block types", async () => {
    await expect(framesOf([...single, 1, 2, 3, 4])).rejects.toThrow("expected the start of a zstd frame");
    await expect(framesOf([...MAGIC, 0x20, 1, 7, 0, 0])).rejects.toThrow("unknown block type");
  });
});
