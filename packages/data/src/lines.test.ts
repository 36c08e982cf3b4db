import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Line, readLines, streamLines } from "./lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => [...readLines(bytes(text), "f")];

describe("readLines()", () => {
  it("ends lines only at \\n and \\r\\n, and does not require a final line end", () => {
    const texts = ["a", "b\rc\u2028d\u0085e", "", "f"];
    const lines = texts.map((text, i) => ({ number: i + 1, text }));
    expect(read(texts.join("\n"))).toEqual(lines);
    expect(read(`${texts.join("\r\n")}\r\n`)).toEqual(lines);
  });

  it("drops a byte order mark only at the start, and keeps NUL", () => {
    expect(read("\ufeffa\u0000\n\ufeffb")).toEqual([
      { number: 1, text: "a\u0000" },
      { number: 2, text: "\ufeffb" },
    ]);
    expect(read("\ufeff")).toEqual([]);
    expect(read("")).toEqual([]);
  });

  it("returns any lines that were joined by \\n", () => {
    const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\n\r]|^\ufeff/.test(text));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const found = read(lines.map((text) => `${text}\n`).join(""));
        expect(found.map(({ text }) => text)).toEqual(lines);
      }),
    );
  });

  it("reads lines that span several decoded blocks", () => {
    const long = "长".repeat(700_000); // 2.1 MB of UTF-8
    const texts = ["a", long, "\ufeffb", long, ""];
    expect(read(`${texts.join("\n")}\n`).map(({ text }) => text)).toEqual(texts);
  });

  it("names file, line and byte of invalid UTF-8", () => {
    const broken = (prefix: string) => () => [...readLines(new Uint8Array([...bytes(prefix), 0xe4, 0xb8]), "dev.tsv")];
    expect(broken("a\nb\nc")).toThrow(
      expect.objectContaining({
        code: "input/invalid-utf8",
        message: expect.stringMatching(/^dev\.tsv, line 3, byte 2: /),
      }),
    );
    expect(broken(`${"x".repeat(1 << 20)}\n`.repeat(2))).toThrow(/^dev\.tsv, line 3, byte 1: /);
  });

  it("leaves out unreadable lines if onError is given, and keeps the line numbers", () => {
    const faults: string[] = [];
    const text = new Uint8Array([...bytes("a\n中b"), 0xff, 0x0a, ...bytes("c\n\nd"), 0xc3]);
    const lines = [...readLines(text, "f", ({ code, message }) => faults.push(`${code} ${message.slice(0, 17)}`))];
    expect(lines).toEqual([
      { number: 1, text: "a" },
      { number: 3, text: "c" },
      { number: 4, text: "" },
    ]);
    expect(faults).toEqual(["input/invalid-utf8 f, line 2, byte 5", "input/invalid-utf8 f, line 5, byte 2"]);
  });

  it("rejects a line that is too long before decoding it", () => {
    const long = new Uint8Array((1 << 26) + 3).fill(0x61);
    long[1] = 0x0a;
    expect(() => [...readLines(long, "f")]).toThrow(
      expect.objectContaining({
        code: "input/line-too-long",
        message: expect.stringMatching(/^f, line 2: .*67108865/),
      }),
    );
  });

  it("reports that a file is UTF-16", () => {
    const utf16 = new Uint8Array(new Uint16Array([0xfeff, 0x61, 0x0a]).buffer);
    expect(() => [...readLines(utf16, "dev.tsv")]).toThrow(/^dev\.tsv, line 1: .*UTF-16/);
  });
});

/** Splits bytes at the given positions. */
async function* chunksOf(all: Uint8Array, cuts: readonly number[] = []): AsyncGenerator<Uint8Array> {
  const places = [...cuts.filter((cut) => cut < all.length), all.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of places) {
    yield all.slice(start, end);
    start = end;
  }
}

/** Splits bytes into chunks of one byte. */
const oneByOne = (all: Uint8Array) => chunksOf(all, [...all.keys()]);

/** Returns the lines, and the message of the error that follows them, if any. */
async function outcomeOf(lines: Iterable<Line> | AsyncIterable<Line>) {
  const found: Line[] = [];
  try {
    for await (const line of lines) found.push(line);
    return { found };
  } catch (error) {
    return { found, message: (error as Error).message };
  }
}

const cutsOf = fc.array(fc.nat(200), { maxLength: 20 });

describe("streamLines()", () => {
  const collect = async (chunks: AsyncIterable<Uint8Array>) => (await outcomeOf(streamLines(chunks, "f"))).found;

  it("yields the same lines as readLines() for any text and any chunks", async () => {
    const part = fc.oneof(fc.constantFrom("\n", "\r\n", "\r", "\ufeff", "中", "\u{1f600}", "\0", ""), fc.string());
    const text = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, cutsOf, async (text, cuts) => {
        expect(await collect(chunksOf(bytes(text), cuts))).toEqual(read(text));
        expect(await collect(oneByOne(bytes(text)))).toEqual(read(text));
      }),
      { numRuns: 300 },
    );
  });

  it("fails like readLines() for any bytes and any chunks, after the valid lines", async () => {
    const byte = fc.oneof(fc.constantFrom(0x0a, 0x0d, 0xef, 0xbb, 0xbf, 0xe4, 0xb8, 0xad), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { maxLength: 60 }), cutsOf, async (some, cuts) => {
        const all = Uint8Array.from(some);
        const expected = await outcomeOf(readLines(all, "f"));
        const actual = await outcomeOf(streamLines(chunksOf(all, cuts), "f"));
        expect(actual.message).toBe(expected.message);
        if (expected.message === undefined) expect(actual.found).toEqual(expected.found);
        expect(actual.found.map(({ number }) => number)).toEqual(actual.found.map((_, i) => i + 1));
      }),
      { numRuns: 300 },
    );
  });

  it("drops a byte order mark only at the start, even if it is split across chunks", async () => {
    const lines = [
      { number: 1, text: "a" },
      { number: 2, text: "\ufeffb" },
    ];
    for (const chunks of [chunksOf, oneByOne])
      expect(await collect(chunks(bytes("\ufeffa\n\ufeffb\n")))).toEqual(lines);
    expect(await collect(oneByOne(bytes("\ufeff")))).toEqual([]);
  });

  it("ends lines at \\r\\n across chunks, and yields a last line without a line end", async () => {
    const texts = (chunks: AsyncIterable<Uint8Array>) => collect(chunks).then((lines) => lines.map(({ text }) => text));
    expect(await texts(chunksOf(bytes("a\r\nb"), [2]))).toEqual(["a", "b"]);
    expect(await texts(chunksOf(bytes("a\r"), [1]))).toEqual(["a"]);
    expect(await texts(chunksOf(bytes("a\n\n"), [2]))).toEqual(["a", ""]);
    expect(await texts(chunksOf(bytes("")))).toEqual([]);
    expect(await texts((async function* () {})())).toEqual([]);
  });

  it("names line and byte of invalid UTF-8", async () => {
    const all = new Uint8Array([...bytes("a\r\nb\n中c"), 0xff, 0x0a]);
    for (const chunks of [chunksOf(all), chunksOf(all, [1, 6]), oneByOne(all)]) {
      const { message } = await outcomeOf(streamLines(chunks, "stdin"));
      expect(message).toMatch(/^stdin, line 3, byte 5: the bytes are not valid UTF-8/);
    }
    const cut = await outcomeOf(streamLines(chunksOf(new Uint8Array([...bytes("a\n"), 0xe4, 0xb8])), "stdin"));
    expect(cut.found).toEqual([{ number: 1, text: "a" }]);
    expect(cut.message).toMatch(/^stdin, line 2, byte 1: /);
    const utf16 = outcomeOf(streamLines(oneByOne(Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a, 0)), "stdin"));
    expect((await utf16).message).toMatch(/^stdin, line 1: expected UTF-8, found UTF-16/);
  });

  it("yields a line as soon as its end has arrived, and copies the chunks", async () => {
    const seen: string[] = [];
    const buffer = new Uint8Array(2); // reused for every chunk, as some streams do
    const source = (async function* () {
      for (const [i, text] of ["ab", "c\n", "d\n", "e"].entries()) {
        buffer.set(bytes(text));
        yield buffer.subarray(0, text.length);
        expect(seen).toEqual([[], ["abc"], ["abc", "d"], ["abc", "d"]][i]);
      }
    })();
    for await (const { text } of streamLines(source, "f")) seen.push(text);
    expect(seen).toEqual(["abc", "d", "e"]);
  });
});
