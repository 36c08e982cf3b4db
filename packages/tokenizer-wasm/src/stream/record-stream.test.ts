import { BertieError, lineEnds } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.ts";
import { createRecordStream } from "./record-stream.ts";

async function* chunksOf(bytes: Uint8Array, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

interface SplitOptions {
  readonly chunk: number;
  readonly block: number;
  readonly hasHeader?: boolean;
}

const tooLong = (line: number) => new BertieError("input/record-too-long", `line ${line}`);

async function split(text: string, { chunk, block, hasHeader = false }: SplitOptions) {
  const options = { ends: lineEnds(), tooLong, pool: createBufferPool() };
  const stream = createRecordStream(chunksOf(new TextEncoder().encode(text), chunk), options);
  const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const { header, bytes } = await stream.head(hasHeader);
  const blocks: { number: number; line: number; text: string }[] = [];
  for await (const { number, line, bytes } of stream.blocks(block)) blocks.push({ number, line, text: decode(bytes) });
  return { header: decode(header), headBytes: bytes, blocks };
}

describe("createRecordStream()", () => {
  it("splits at line ends, numbers blocks and lines, and removes a byte order mark and a header", async () => {
    const text = "\uFEFFhead\na\nbb\nc\nlong line\n\nd";
    expect(await split(text, { chunk: 4, block: 4, hasHeader: true })).toEqual({
      header: "head\n",
      headBytes: 8,
      blocks: [
        { number: 0, line: 2, text: "a\nbb\n" },
        { number: 1, line: 4, text: "c\nlong line\n" },
        { number: 4, line: 6, text: "\nd" },
      ],
    });
    expect(await split("", { chunk: 4, block: 4 })).toEqual({ header: "", headBytes: 0, blocks: [] });
    expect(await split("head", { chunk: 3, block: 4, hasHeader: true })).toMatchObject({ header: "head", blocks: [] });
  });

  it("assigns every record to the block in which it starts, for any size of chunks", async () => {
    const part = fc.constantFrom("天", "a", "\n", "\r\n");
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        async (parts, chunk, block) => {
          const text = parts.join("");
          const { blocks } = await split(text, { chunk, block });
          expect(blocks.map((one) => one.text).join("")).toBe(text);
          let start = 0;
          for (const { number, line, text } of blocks) {
            expect(number).toBe(Math.floor(start / block));
            start += Buffer.byteLength(text);
            expect(line).toBeGreaterThan(0);
          }
          expect(blocks).toEqual((await split(text, { chunk: 1000, block })).blocks);
        },
      ),
    );
  });

  it("with isPrompt yields complete lines as soon as the stream pauses", async () => {
    let answer = () => {};
    async function* conversation() {
      for (const text of ["a\nb", "c\n", "d"]) {
        yield new TextEncoder().encode(text);
        if (text !== "d") await new Promise<void>((resolve) => (answer = resolve));
      }
    }
    const options = { ends: lineEnds(), tooLong, pool: createBufferPool(), isPrompt: true };
    const stream = createRecordStream(conversation(), options);
    await stream.head(false);
    const blocks: string[] = [];
    for await (const { bytes } of stream.blocks(1000)) {
      blocks.push(new TextDecoder().decode(bytes));
      answer();
    }
    expect(blocks).toEqual(["a\n", "bc\n", "d"]);
  });

  it("fails at a record that is longer than the limit without reading the rest", async () => {
    let chunks = 0;
    async function* endless() {
      yield new TextEncoder().encode("a\nb");
      for (; ; chunks++) yield new Uint8Array(1 << 24).fill(0x61);
    }
    const stream = createRecordStream(endless(), { ends: lineEnds(), tooLong, pool: createBufferPool() });
    const read = async () => {
      for await (const { line } of stream.blocks(2)) expect(line).toBe(1);
    };
    await expect(read()).rejects.toMatchObject({ code: "input/record-too-long", message: "line 2" });
    expect(chunks).toBeLessThan(5);
  });
});
