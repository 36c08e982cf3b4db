import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BertTokenizer, TokenizerOptions } from "./index.ts";
import { tokenizerFor } from "./testing/fixtures.ts";

/**
 * Arbitrary UTF-16 code units, including lone surrogates, with many characters that the tokenizer handles specially.
 */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."aZé中\u{20000}한ΣςΑ'.[] \n\u2028\u0301\u302e\u{16ff0}\u00ad\ufffd\ud800\udc00≠İ",
        "[SEP]",
        "unaffable",
      ),
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

const optionSets: TokenizerOptions[] = [
  {},
  { lowercase: false },
  { lowercase: false, stripAccents: true },
  { stripAccents: false },
  { cleanText: false },
  { handleChineseChars: false, specialTokens: "none" },
  { specialTokens: "everywhere", maxInputCharsPerWord: 5 },
];
const tokenizers = await Promise.all(
  optionSets.flatMap((options) => [tokenizerFor("zh", options), tokenizerFor("en", options)]),
);
const tokenizer = fc.integer({ min: 0, max: tokenizers.length - 1 }).map((index) => tokenizers[index]!);

const bare = { addSpecialTokens: false } as const;

describe("with any text and options", () => {
  it("encode() does not throw, and returns lists of equal length", () => {
    fc.assert(
      fc.property(tokenizer, text, fc.option(text, { nil: undefined }), (tokenizer, text, pair) => {
        const encoding = tokenizer.encode(text, { pair });
        const { ids, typeIds, attentionMask, specialTokensMask, tokens, offsets, wordIds } = encoding;
        const lists = [typeIds, attentionMask, specialTokensMask, tokens, offsets, wordIds];
        for (const list of lists) expect(list).toHaveLength(ids.length);
        expect(specialTokensMask.filter((mask) => mask === 1)).toHaveLength(pair === undefined ? 2 : 3);
        expect(tokens.every((token, i) => tokenizer.tokenToId(token) === ids[i])).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("encode() returns offsets that are within the text, not empty, and in order", () => {
    fc.assert(
      fc.property(tokenizer, text, (tokenizer, text) => {
        let last = [0, 0] as [number, number];
        for (const [start, end] of tokenizer.encode(text, bare).offsets) {
          expect(start).toBeLessThan(end);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(start).toBeGreaterThanOrEqual(last[0]);
          expect(end).toBeGreaterThanOrEqual(last[1]);
          last = [start, end];
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("tokenize() of a word's part of the text returns the word's tokens", () => {
    fc.assert(
      fc.property(tokenizer, text, (tokenizer, text) => {
        // The lower case of capital sigma depends on more than its word.
        const { tokens, offsets, wordIds } = tokenizer.encode(text.replaceAll("Σ", "S"), bare);
        const words = new Map<number | null, { tokens: string[]; start: number; end: number }>();
        tokens.forEach((token, i) => {
          const [start, end] = offsets[i]!;
          const word = words.get(wordIds[i]!) ?? { tokens: [], start, end };
          word.tokens.push(token);
          word.end = end;
          words.set(wordIds[i]!, word);
        });
        expect([...words.keys()]).toEqual([...words.keys()].map((_, i) => i));
        for (const { tokens, start, end } of words.values()) {
          expect(tokenizer.tokenize(text.replaceAll("Σ", "S").slice(start, end))).toEqual(tokens);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("encodeLines() and encode() return the same tokens and offsets", () => {
    fc.assert(
      fc.property(tokenizer, fc.array(text, { minLength: 1, maxLength: 4 }), (tokenizer, texts) => {
        const lines = texts.map((text) => wellFormed(text.replaceAll("\n", " ")));
        const utf8 = lines.map((line) => new TextEncoder().encode(line));
        const { ids, rowOffsets, offsets } = tokenizer.encodeLines(join([...utf8, new Uint8Array()]), {
          offsets: true,
        });
        expect(rowOffsets).toHaveLength(lines.length + 1);
        lines.forEach((line, row) => {
          const encoding = tokenizer.encode(line);
          const [from, to] = [rowOffsets[row]!, rowOffsets[row + 1]!];
          expect([...ids.subarray(from, to)]).toEqual(encoding.ids);
          encoding.offsets.forEach(([start, end], i) => {
            const bytes = utf8[row]!.subarray(offsets![2 * (from + i)], offsets![2 * (from + i) + 1]);
            expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)).toBe(line.slice(start, end));
          });
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("encodeLines() treats invalid bytes like the U+FFFD that replaces them", () => {
    fc.assert(
      fc.property(tokenizer, fc.uint8Array({ maxLength: 60 }), text, (tokenizer, noise, text) => {
        const bytes = join([new TextEncoder().encode(text), noise, new TextEncoder().encode(text)], 32);
        const line = bytes.map((byte) => (byte === 10 ? 32 : byte));
        const { ids, invalidLines } = tokenizer.encodeLines(line, bare);
        const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(line);
        expect([...ids]).toEqual(tokenizer.encode(decoded, bare).ids);
        if (invalidLines.length === 0) expect(new TextEncoder().encode(decoded)).toEqual(line);
      }),
      { numRuns: 2000 },
    );
  });

  it("encodeBatch() encodes each item like encode()", () => {
    const item = fc.oneof(text, fc.tuple(text, text));
    const maxLength = fc.option(fc.integer({ min: 3, max: 40 }), { nil: undefined });
    fc.assert(
      fc.property(
        tokenizer,
        fc.array(item, { maxLength: 6 }),
        maxLength,
        fc.boolean(),
        (tokenizer, items, max, frame) => {
          const options = { maxLength: max, addSpecialTokens: frame };
          const batch = tokenizer.encodeBatch(items, { ...options, offsets: true });
          const ragged = tokenizer.encodeBatch(items, { ...options, offsets: true, padding: false });
          items.forEach((item, row) => {
            const single = encodeItem(tokenizer, item, options);
            const [from, to] = [row * batch.length, row * batch.length + single.ids.length];
            expect(batch.lengths[row]).toBe(single.ids.length);
            expect([...batch.ids.subarray(from, to)]).toEqual(single.ids);
            expect([...batch.typeIds.subarray(from, to)]).toEqual(single.typeIds);
            expect([...batch.offsets!.subarray(2 * from, 2 * to)]).toEqual(single.offsets.flat());
            const [start, end] = [ragged.rowOffsets[row]!, ragged.rowOffsets[row + 1]!];
            expect([...ragged.ids.subarray(start, end)]).toEqual(single.ids);
            expect([...ragged.typeIds.subarray(start, end)]).toEqual(single.typeIds);
            expect([...ragged.offsets!.subarray(2 * start, 2 * end)]).toEqual(single.offsets.flat());
            const padding = batch.ids.subarray(to, from + batch.length);
            expect(padding.every((id) => id === tokenizer.padTokenId)).toBe(true);
            const attention = batch.attentionMask.subarray(from, from + batch.length);
            expect(attention.every((bit, i) => bit === Number(i < single.ids.length))).toBe(true);
          });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("the first window and the overflowing ones contain all tokens, in order", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 12 }), fc.nat(1), (text, maxLength, stride) => {
        const tokenizer = tokenizers[0]!;
        const encoding = tokenizer.encode(text, { maxLength, stride });
        const windows = [encoding, ...encoding.overflowing].map(({ ids }) => ids.slice(1, -1));
        const all = windows.flatMap((ids, i) => (i === 0 ? ids : ids.slice(stride)));
        expect(all).toEqual(tokenizer.encode(text, bare).ids);
      }),
    );
  });
});

describe("decode()", () => {
  it("restores words that consist of tokens of the vocabulary", async () => {
    const english = await tokenizerFor("en");
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        const { ids } = english.encode(words.join("  "));
        expect(english.decode(ids, { skipSpecialTokens: true, cleanUp: false })).toBe(words.join(" "));
      }),
    );
  });
});

function encodeItem(tokenizer: BertTokenizer, item: string | [string, string], options: object) {
  return typeof item === "string"
    ? tokenizer.encode(item, options)
    : tokenizer.encode(item[0], { ...options, pair: item[1] });
}

function join(parts: readonly Uint8Array[], separator = 10): Uint8Array {
  return Uint8Array.from(parts.flatMap((part, i) => (i === 0 ? [...part] : [separator, ...part])));
}

/** Returns the text with its lone surrogates replaced by U+FFFD. */
function wellFormed(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}
