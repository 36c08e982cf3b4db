import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BertTokenizer,
  type SplitOptions,
  splitStream,
  splitText,
  splitterStream,
  type TextChunk,
} from "../index.ts";
import { tinyTokenizer, tokenizerFor } from "../testing/fixtures.ts";

const [zh, en, cased] = await Promise.all([
  tokenizerFor("zh"),
  tokenizerFor("en"),
  tokenizerFor("zh", { lowercase: false, specialTokens: "everywhere" }),
]);

const texts = (chunks: readonly TextChunk[]) => chunks.map(({ text }) => text);

/** Text of many kinds: prose, Markdown, code, emoji, Hangul, long words and noise. */
const piece = fc.oneof(
  fc.constantFrom(
    "The room was clean. ",
    "Dr. Smith arrived at 3.14 p.m.! ",
    "房间很干净。",
    "服务员说：“早餐七点开始。”然后走了！",
    "酒店离地铁站很近，走路五分钟，旁边有超市",
    "방이 정말 깨끗했어요. ",
    "👨‍👩‍👧‍👦🇩🇪🇫🇷👍🏽",
    "‼️‍🔥",
    "e\u0301a\u0308o\u0302 ",
    "ΟΔΥΣΣΕΥΣ.ΑΣ ",
    "[SEP] [MASK]. ",
    "for (let i = 0; i < n; i++) {\n  sum += values[i] ?? 0;\n}\n",
    "\n\n",
    "\r\n\r\n",
    "\n# Title\n",
    "- item\n",
    "\t  ",
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "x".repeat(120),
    "中\u{e0100}\u{20000}\u0000\u0085\ufffd\ufeff",
    "\ud800",
    "ﷺ각힣",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
const options: fc.Arbitrary<SplitOptions> = fc.record({
  maxTokens: fc.integer({ min: 8, max: 80 }),
  addSpecialTokens: fc.boolean(),
});
const tokenizer = fc.constantFrom(zh, en, cased);

const sizeOf = (tokenizer: BertTokenizer, text: string, addSpecialTokens = true) =>
  tokenizer.encode(text, { addSpecialTokens }).ids.length;

function checkChunks(tokenizer: BertTokenizer, text: string, chunks: readonly TextChunk[], options: SplitOptions) {
  for (const chunk of chunks) {
    expect(text.slice(chunk.start, chunk.end)).toBe(chunk.text);
    expect(chunk.text.trim()).toBe(chunk.text);
    expect(chunk.text).not.toBe("");
    expect(chunk.tokens).toBe(sizeOf(tokenizer, chunk.text, options.addSpecialTokens));
    expect(chunk.tokens).toBeLessThanOrEqual(options.maxTokens);
    expect(isLow(text.charCodeAt(chunk.start)) && isHigh(text.charCodeAt(chunk.start - 1))).toBe(false);
  }
}
const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

describe("splitText()", () => {
  it("returns chunks that contain every character except whitespace once, and at most maxTokens tokens", () => {
    fc.assert(
      fc.property(tokenizer, text, options, (tokenizer, text, options) => {
        const chunks = splitText(tokenizer, text, options);
        checkChunks(tokenizer, text, chunks, options);
        let end = 0;
        for (const chunk of chunks) {
          expect(text.slice(end, chunk.start).trim()).toBe("");
          expect(chunk.start).toBeGreaterThanOrEqual(end);
          end = chunk.end;
        }
        expect(text.slice(end).trim()).toBe("");
      }),
      { numRuns: 250 },
    );
  });

  it("does not split tokens or user-perceived characters", () => {
    const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
    fc.assert(
      fc.property(tokenizer, text, fc.integer({ min: 40, max: 80 }), (tokenizer, text, maxTokens) => {
        const cuts = splitText(tokenizer, text, { maxTokens }).flatMap(({ start, end }) => [start, end]);
        const starts = new Set([...graphemes.segment(text)].map(({ index }) => index).concat(text.length));
        const { offsets } = tokenizer.encode(text, { addSpecialTokens: false });
        for (const cut of cuts) {
          // A mark that extends a space belongs to the chunk after the space.
          if (!/\s/.test(text[cut - 1] ?? " ")) expect(starts.has(cut) || /\s/.test(text[cut]!)).toBe(true);
          expect(offsets.some(([start, end]) => start < cut && cut < end)).toBe(false);
        }
      }),
      { numRuns: 250 },
    );
  });

  it("repeats at most `overlap` tokens, and nothing else", () => {
    const overlap = fc.integer({ min: 1, max: 15 });
    fc.assert(
      fc.property(tokenizer, text, fc.integer({ min: 32, max: 80 }), overlap, (tokenizer, text, maxTokens, overlap) => {
        const chunks = splitText(tokenizer, text, { maxTokens, overlap });
        checkChunks(tokenizer, text, chunks, { maxTokens });
        for (const [i, chunk] of chunks.entries()) {
          const previous = chunks[i - 1] ?? { start: -1, end: 0 };
          expect(chunk.start).toBeGreaterThan(previous.start);
          expect(chunk.end).toBeGreaterThan(previous.end);
          expect(text.slice(previous.end, Math.max(previous.end, chunk.start)).trim()).toBe("");
          const repeated = text.slice(chunk.start, Math.max(chunk.start, previous.end));
          // The last word of a repeated part may be cut, and then has more tokens by itself.
          expect(sizeOf(tokenizer, repeated, false)).toBeLessThanOrEqual(overlap + 3);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("ends chunks at the ends of sentences", () => {
    const text = "The room was clean. Breakfast was cold. “Was it?” he asked. Yes! It cost 3.50 euros.";
    expect(texts(splitText(en, text, { maxTokens: 14 }))).toEqual([
      "The room was clean. Breakfast was cold.",
      "“Was it?” he asked. Yes!",
      "It cost 3.50 euros.",
    ]);
    const chinese = "房间很干净。服务员说：“早餐七点开始。”离地铁站很近！下次还来？一定。";
    expect(texts(splitText(zh, chinese, { maxTokens: 22 }))).toEqual([
      "房间很干净。服务员说：“早餐七点开始。”",
      "离地铁站很近！下次还来？一定。",
    ]);
  });

  it("prefers the ends of paragraphs to the ends of sentences", () => {
    const text = "One two three. Four five six.\n\nSeven eight. Nine ten eleven twelve.";
    expect(texts(splitText(en, text, { maxTokens: 14 }))).toEqual([
      "One two three. Four five six.",
      "Seven eight. Nine ten eleven twelve.",
    ]);
  });

  it("keeps a sentence whose lines are wrapped, and a heading with the text below", () => {
    const text = "Intro one two three four five.\n## Rooms\n\nThe rooms are\nlarge and very\nclean. They are new.";
    expect(texts(splitText(en, text, { maxTokens: 15 }))).toEqual([
      "Intro one two three four five.",
      "## Rooms\n\nThe rooms are\nlarge and very\nclean.",
      "They are new.",
    ]);
  });

  it("splits a long sentence at the end of a line, a comma or a space, and a long word between tokens", () => {
    const code = "a = b + c\nd = e + f\ng = h + i\nj = k + l";
    expect(texts(splitText(en, code, { maxTokens: 14 }))).toEqual(["a = b + c\nd = e + f", "g = h + i\nj = k + l"]);
    const list = "one, two-three, four-five six seven";
    expect(texts(splitText(en, list, { maxTokens: 7, addSpecialTokens: false }))).toEqual([
      "one, two-three,",
      "four-five six seven",
    ]);
    const chinese = "酒店离地铁站很近，走路五分钟，旁边有超市";
    expect(texts(splitText(zh, chinese, { maxTokens: 14 }))).toEqual(["酒店离地铁站很近，", "走路五分钟，旁边有超市"]);
    const word = splitText(en, "pneumonoultramicroscopicsilicovolcanoconiosis", { maxTokens: 8 });
    expect(texts(word).join("")).toBe("pneumonoultramicroscopicsilicovolcanoconiosis");
    expect(word.length).toBeGreaterThan(1);
  });

  it("repeats whole sentences, or words of a long sentence", () => {
    const text = "One two. Three four. Five six. Seven eight.";
    expect(texts(splitText(en, text, { maxTokens: 9, addSpecialTokens: false, overlap: 3 }))).toEqual([
      "One two. Three four. Five six.",
      "Five six. Seven eight.",
    ]);
    expect(texts(splitText(en, text, { maxTokens: 9, addSpecialTokens: false, overlapSentences: 1 }))).toEqual([
      "One two. Three four. Five six.",
      "Five six. Seven eight.",
    ]);
    const long = "one two three four five six seven eight nine ten";
    expect(texts(splitText(en, long, { maxTokens: 6, addSpecialTokens: false, overlap: 2 }))).toEqual([
      "one two three four five six",
      "five six seven eight nine ten",
    ]);
  });

  it("returns no chunks for a blank text, and one chunk for text without tokens", () => {
    expect(splitText(en, "", { maxTokens: 8 })).toEqual([]);
    expect(splitText(en, " \n\n\t ", { maxTokens: 8 })).toEqual([]);
    expect(splitText(en, " \u0000 ", { maxTokens: 8 })).toEqual([{ text: "\u0000", start: 1, end: 2, tokens: 2 }]);
  });

  it("counts the tokens of a chunk by itself, which can be more than in the whole text", () => {
    // Without its end, the word of 101 characters is short enough to be tokenized.
    const text = `${"ab".repeat(50)}c`.repeat(40);
    for (const chunk of splitText(en, text, { maxTokens: 16 })) expect(chunk.tokens).toBeLessThanOrEqual(16);
  });

  it.each([
    [{ maxTokens: 2 }, "options/value", "maxTokens is 2"],
    [{ maxTokens: 8.5 }, "options/value", "maxTokens is 8.5"],
    [{}, "options/value", "maxTokens is undefined"],
    [{ maxTokens: 12, overlap: 6 }, "options/value", "overlap is 6: expected at most 5"],
    [{ maxTokens: 12, overlapSentences: -1 }, "options/value", "overlapSentences is -1"],
    [{ maxTokens: 12, overlap: 1, overlapSentences: 1 }, "options/conflict", "overlap and overlapSentences"],
    [{ maxTokens: 12, locale: "not a tag" }, "options/value", 'locale is "not a tag"'],
  ])("rejects the options %j", (options, code, message) => {
    const split = () => splitText(en, "text", options as SplitOptions);
    expect(split).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  it("rejects a character that has more tokens than a chunk, with its position", async () => {
    const jamo = await tinyTokenizer(["\u1112", "##\u1161", "##\u11ab"]);
    expect(jamo.tokenize("한")).toHaveLength(3);
    expect(() => splitText(jamo, "한 한", { maxTokens: 4 })).toThrow(
      expect.objectContaining({ code: "options/value", message: expect.stringContaining("character at 0") }),
    );
    expect(texts(splitText(jamo, "한 한", { maxTokens: 5 }))).toEqual(["한", "한"]);
  });

  it("rejects other input than strings", () => {
    const bytes = new TextEncoder().encode("text") as unknown as string;
    expect(() => splitText(en, bytes, { maxTokens: 8 })).toThrow(expect.objectContaining({ code: "input/not-text" }));
  });
});

describe("splitStream()", () => {
  const long = fc
    .array(fc.tuple(piece, fc.integer({ min: 1, max: 1500 })), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map(([piece, times]) => piece.repeat(times)).join(""));

  it("yields the chunks of splitText(), wherever the text is cut", async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(tokenizer, long, cuts, fc.nat(20), async (tokenizer, text, cuts, overlap) => {
        const options = { maxTokens: 64, overlap };
        const expected = splitText(tokenizer, text, options);
        expect(await collect(splitStream(tokenizer, cut(text, cuts), options))).toEqual(expected);
        expect(texts(expected).join("").length).toBeGreaterThanOrEqual(text.replace(/\s/g, "").length);
      }),
      { numRuns: 15 },
    );
  });

  it("keeps a bounded part of the text, even of one without spaces", async () => {
    const sizes: number[] = [];
    let read = 0;
    function* source() {
      for (; read < 3_000_000; read += 1000) yield "ab".repeat(500);
    }
    for await (const chunk of splitStream(en, source(), { maxTokens: 64 })) sizes.push(read - chunk.end);
    expect(sizes.length).toBeGreaterThan(20);
    expect(Math.max(...sizes)).toBeLessThan(200_000);
  });
});

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

function* cut(text: string, lengths: readonly number[]) {
  for (let at = 0, i = 0; at < text.length; i++) {
    const end = at + lengths[i % lengths.length]!;
    yield text.slice(at, end);
    at = end;
  }
}

it("splitterStream() is a stream that splits, and that fails with the error of the text", async () => {
  const text = "The room was clean. Breakfast was cold. ".repeat(5000);
  const body = new Response(text).body!.pipeThrough(new TextDecoderStream());
  const chunks = await collect(body.pipeThrough(splitterStream(en, { maxTokens: 32 })));
  expect(chunks).toEqual(splitText(en, text, { maxTokens: 32 }));
  const bytes = new Response(text).body as unknown as ReadableStream<string>;
  await expect(collect(bytes.pipeThrough(splitterStream(en, { maxTokens: 32 })))).rejects.toMatchObject({
    code: "input/not-text",
  });
});
