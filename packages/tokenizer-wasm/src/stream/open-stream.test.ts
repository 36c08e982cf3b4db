import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Lines } from "../lines.ts";
import { tinyTokenizer, tokenizerFor } from "../testing/fixtures.ts";
import type { LinesBatch } from "./encode-chunks.ts";
import type { EncodeStreamOptions } from "./open-stream.ts";

const tokenizer = await tinyTokenizer(["a", "##b", "天", "很", "é"], { stripAccents: false });
const utf8 = (text: string) => new TextEncoder().encode(text);

/** Writes the chunks to a stream, and returns its batches. */
async function run(chunks: readonly (Uint8Array | string)[], options: EncodeStreamOptions = {}, encoder = tokenizer) {
  const { writable, readable } = encoder.stream(options);
  const batches: LinesBatch[] = [];
  const write = async () => {
    const writer = writable.getWriter();
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  };
  const read = async () => {
    for await (const batch of readable) batches.push(batch);
  };
  await Promise.all([write(), read()]);
  return batches;
}

/** Returns the rows of batches, or of one result of encodeLines(). */
function rowsOf(batches: readonly Lines[]) {
  return batches.flatMap(({ ids, rowOffsets, offsets }) =>
    Array.from(rowOffsets.subarray(1), (end, row) => {
      const start = rowOffsets[row]!;
      return [[...ids.subarray(start, end)], offsets && [...offsets.subarray(2 * start, 2 * end)]];
    }),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Cuts bytes at positions that may be within a character. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

describe("stream()", () => {
  const bytes = fc
    .array(fc.constantFrom("a", "ab ", "天很", "é", "\n", "\r\n", "\r", "[SEP]", "\uFEFF", "\0"), { maxLength: 30 })
    .chain((parts) => fc.constantFrom(utf8(parts.join("")), Uint8Array.of(...utf8(parts.join("")), 0xe5, 0xa4)))
    .chain((text) =>
      fc.nat().map((at) => (at % 3 === 0 && text.length > 0 ? text.with(at % text.length, 0xff) : text)),
    );

  it("returns the rows of encodeLines() for all chunks and blocks", async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        fc.record({
          maxLength: fc.constantFrom(undefined, 2, 5),
          addSpecialTokens: fc.boolean(),
          offsets: fc.boolean(),
          invalidUtf8: fc.constantFrom("replace" as const, "skip" as const),
        }),
        async (text, cuts, blockBytes, options) => {
          const expected = tokenizer.encodeLines(text, options);
          const batches = await run(cut(text, cuts), { ...options, blockBytes });
          expect(rowsOf(batches)).toEqual(rowsOf([expected]));
          const invalid = batches.flatMap(({ firstLine, invalidLines }) => invalidLines.map((row) => firstLine + row));
          expect(invalid).toEqual(expected.invalidLines);
          let lines = 0;
          for (const { firstLine, rowOffsets } of batches) {
            expect(firstLine).toBe(lines);
            lines += rowOffsets.length - 1;
          }
        },
      ),
    );
  });

  it("returns the same batches for all chunks of text and of bytes", async () => {
    const text = "天很😀\na😀b\r\n\n😀";
    const expected = await run([utf8(text)], { blockBytes: 8 });
    expect(expected.length).toBeGreaterThan(1);
    for (let size = 1; size < 8; size++) {
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(size * i, size * (i + 1)),
      );
      expect(await run(parts, { blockBytes: 8 })).toEqual(expected);
      expect(await run([text.slice(0, size), "", utf8(text.slice(size))], { blockBytes: 8 })).toHaveLength(
        expected.length,
      );
    }
  });

  it("replaces a surrogate without its counterpart by U+FFFD", async () => {
    const replaced = await run(["a\uFFFD天\uFFFD"]);
    expect(await run(["a\uD83D", utf8("天"), "\uD83D"])).toEqual(replaced);
    expect(await run(["a\uDE00天", "\uD83D"])).toEqual(replaced);
  });

  it("returns the rows of a real text, whose chunk is larger than a block", async () => {
    const chinese = await tokenizerFor("zh");
    const text = utf8("今天天气很好，我们去公园散步吧。\nThe weather is lovely today!\n".repeat(20_000));
    const batches = await run([text], { blockBytes: 1 << 16 }, chinese);
    expect(batches).toHaveLength(Math.ceil(text.length / (1 << 16)));
    const ids = Buffer.concat(batches.map((batch) => bytesOf(batch.ids)));
    expect(ids.equals(bytesOf(chinese.encodeLines(text).ids))).toBe(true);
  });

  it("returns a batch per line with blockBytes 1, as soon as the line is complete", async () => {
    const { writable, readable } = tokenizer.stream({ blockBytes: 1 });
    const [writer, reader] = [writable.getWriter(), readable.getReader()];
    const writing = writer.write("a\n天");
    const { value } = await reader.read();
    expect(value).toMatchObject({ firstLine: 0, ids: Int32Array.of(2, 5, 3) });
    const next = reader.read();
    await writing;
    await writer.write("很\n");
    expect((await next).value).toMatchObject({ firstLine: 1, ids: Int32Array.of(2, 7, 8, 3) });
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  it("ignores a byte order mark, also if the tokenizer keeps control characters", async () => {
    const plain = await tinyTokenizer(["a"], { cleanText: false });
    for (const encoder of [tokenizer, plain])
      expect(rowsOf(await run(["\uFEFFa\na"], {}, encoder))).toEqual(rowsOf(await run(["a\na"], {}, encoder)));
  });

  it("returns no batch for an empty input, and one for a single line without a line feed", async () => {
    expect(await run([])).toEqual([]);
    expect(await run(["", new Uint8Array(0)])).toEqual([]);
    expect(rowsOf(await run(["a"]))).toEqual([[[2, 5, 3], undefined]]);
  });
});

describe("stream() in case of errors", () => {
  const isPending = (promise: Promise<unknown>) =>
    Promise.race([promise.then(() => false), new Promise<boolean>((resolve) => setTimeout(resolve, 20, true))]);

  it("names the line and the byte of invalid UTF-8", async () => {
    const text = Uint8Array.of(...utf8("a\na\na\na"), 0xff);
    await expect(run([text], { invalidUtf8: "fail", blockBytes: 4 })).rejects.toMatchObject({
      code: "input/invalid-utf8",
      message: expect.stringMatching(/^line 4, byte 2: /) as string,
    });
  });

  it("stops the writer until the reader continues", async () => {
    const { writable, readable } = tokenizer.stream({ blockBytes: 4 });
    const [writer, reader] = [writable.getWriter(), readable.getReader()];
    const write = writer.write("a".repeat(5000));
    expect(await isPending(write)).toBe(true);
    const read = reader.read();
    expect(await isPending(write)).toBe(false);
    const rest = writer.write("\na\na\na\n");
    expect((await read).value?.rowOffsets).toHaveLength(2);
    await rest;
    expect((await reader.read()).value?.rowOffsets).toHaveLength(3);
    const last = writer.write("a\n");
    expect(await isPending(last)).toBe(true);
    await reader.cancel();
    await expect(last).rejects.toBe(undefined);
  });

  it("fails both sides if the signal is aborted before, while waiting, or between reads", async () => {
    const reason = new Error("stop");
    for (const when of ["before", "waiting", "between"]) {
      const controller = new AbortController();
      if (when === "before") controller.abort(reason);
      const { writable, readable } = tokenizer.stream({ signal: controller.signal, blockBytes: 2 });
      const [writer, reader] = [writable.getWriter(), readable.getReader()];
      const write = writer.write("a\na\na\n");
      write.catch(() => {});
      writer.closed.catch(() => {});
      if (when !== "before") await reader.read();
      if (when === "waiting") for (let i = 0; i < 2; i++) await reader.read();
      const read = when === "waiting" ? reader.read() : undefined;
      controller.abort(reason);
      await expect(read ?? reader.read()).rejects.toBe(reason);
      await expect(writer.write("a")).rejects.toBe(reason);
      await expect(writer.closed).rejects.toBe(reason);
    }
  });

  it("fails the reader if the writer is aborted, even if a write waits", async () => {
    for (const hasRead of [false, true]) {
      const { writable, readable } = tokenizer.stream({ blockBytes: 2 });
      const [writer, reader] = [writable.getWriter(), readable.getReader()];
      const write = writer.write(hasRead ? "a\n".repeat(5000) : "a\n");
      if (hasRead) await reader.read();
      await writer.abort("reason");
      await expect(write).rejects.toBe("reason");
      await expect(reader.read()).rejects.toBe("reason");
    }
  });

  it("fails the writer if the reader is canceled", async () => {
    const { writable, readable } = tokenizer.stream({ blockBytes: 2 });
    const writer = writable.getWriter();
    const write = writer.write("a\n".repeat(5000));
    for await (const { firstLine } of readable) if (firstLine === 1) break;
    await expect(write).rejects.toBe(undefined);
    await expect(writer.write("a")).rejects.toBe(undefined);
  });

  it("rejects chunks that are neither bytes nor text", async () => {
    for (const chunk of [1, null, ["a"], {}]) {
      const { writable, readable } = tokenizer.stream();
      const write = writable.getWriter().write(chunk as unknown as string);
      await expect(write).rejects.toMatchObject({ code: "input/not-bytes" });
      await expect(readable.getReader().read()).rejects.toMatchObject({ code: "input/not-bytes" });
    }
  });

  it("rejects a line of more than 64 MiB", async () => {
    const chunk = new Uint8Array(1 << 24).fill(0x61);
    await expect(run(["a\n", ...Array<Uint8Array>(8).fill(chunk)], { blockBytes: 1 })).rejects.toMatchObject({
      code: "input/record-too-long",
      message: expect.stringMatching(/^line 2: /) as string,
    });
  });

  it("rejects invalid options at once", () => {
    const codeOf = (options: EncodeStreamOptions) => {
      try {
        tokenizer.stream(options);
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return undefined;
    };
    for (const workers of [-1, 1.5, Number.NaN, 257]) expect(codeOf({ workers })).toBe("options/workers");
    for (const blockBytes of [0, 0.5, 2 ** 27]) expect(codeOf({ blockBytes })).toBe("options/block-bytes");
    expect(codeOf({ maxLength: 1 })).toBe("options/max-length");
  });
});
