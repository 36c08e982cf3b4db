import { describe, expect, it } from "vitest";
import { zstdFrames } from "./zstd-frames.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPED = [0x5e, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
/** The last block, raw, of one byte. */
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
  const windowed = [...MAGIC, 0x00, 0x99, 0x02, 0, 0, 0x61, ...LAST_BLOCK]; // an RLE block of no bytes before the last
  const single = [...MAGIC, 0x24, 1, ...LAST_BLOCK, 1, 2, 3, 4];
  const sized = [...MAGIC, 0x60, 0, 1, ...LAST_BLOCK];

  it("gives frames whole, with the memory they take, and passes by what is to be skipped", async () => {
    expect(await framesOf([...windowed, ...SKIPPED, ...single, ...sized])).toEqual([
      { windowBytes: (2 ** 29 / 8) * 9, bytes: windowed },
      { windowBytes: 1, bytes: single },
      { windowBytes: 512, bytes: sized },
    ]);
    expect(await framesOf([])).toEqual([]);
  });

  it("says where a frame has no end, wherever it is cut off", async () => {
    for (let length = 1; length < single.length; length++)
      await expect(framesOf(single.slice(0, length))).rejects.toThrow("unexpected end of file");
    for (let length = 1; length < SKIPPED.length; length++)
      await expect(framesOf(SKIPPED.slice(0, length))).rejects.toThrow("unexpected end of file");
  });

  it("says what is no frame", async () => {
    await expect(framesOf([...single, 1, 2, 3, 4])).rejects.toThrow("no zstd frame is where one should begin");
    await expect(framesOf([...MAGIC, 0x20, 1, 7, 0, 0])).rejects.toThrow("a block is of no known type");
  });
});
