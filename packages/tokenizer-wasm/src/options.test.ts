import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BatchItem,
  type BatchOptions,
  BertTokenizer,
  charToToken,
  type EncodeOptions,
  type Encoding,
  sequenceIds,
  type TokenizerOptions,
} from "./index.ts";
import { tinyTokenizer, tokenizerFrom } from "./testing/fixtures.ts";

const tokenizer = await tinyTokenizer([..."abcdefghij", "##b", "中"]);
const bytes = new TextEncoder().encode("a b\n");

/** Returns the code and the message of the BertieError that a call throws. Rethrows any other error. */
function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BertieError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

/** Calls encode() and encodeBatch() with options that the types do not allow. */
const calls: [string, (options: object) => unknown][] = [
  ["encode()", (options) => tokenizer.encode("a", options as EncodeOptions)],
  ["encodeBatch()", (options) => tokenizer.encodeBatch(["a"], options as BatchOptions & { padding: true })],
];

describe.each(calls)("%s rejects", (name, call) => {
  it.each<[string, object, string]>([
    [
      "an unknown truncation",
      { truncation: "only_third" },
      'options/truncation: truncation is "only_third". Expected ',
    ],
    ["a truncation of another type", { truncation: 1 }, "options/truncation: truncation is 1. Expected true, false"],
    ["an unknown padding", { padding: "max" }, 'options/padding: padding is "max". Expected true, false, "longest"'],
    ["a negative padding", { padding: -1 }, "options/padding: padding is -1. Expected a whole number"],
    ["padding to a missing maxLength", { padding: "max_length" }, 'options/padding: padding is "maxLength", but'],
    ["a maxLength that is text", { maxLength: "128" }, 'options/max-length: maxLength is "128". Expected a whole'],
    ["a maxLength that is not a number", { max_length: Number.NaN }, "options/max-length: max_length is NaN."],
    ["an infinite maxLength", { maxLength: Number.POSITIVE_INFINITY }, "options/max-length: maxLength is Infinity."],
    ["a maxLength below the special tokens", { maxLength: 1 }, "options/max-length: maxLength is 1."],
    ["a stride that does not fit", { maxLength: 5, stride: 3 }, "options/stride: stride is 3, but a row of 5 tokens"],
    ["a fractional stride", { stride: 0.5 }, "options/stride: stride is 0.5."],
    [
      "an unknown side",
      { truncationSide: "end" },
      'options/value: truncationSide is "end". Expected "left" or "right".',
    ],
    ["a multiple of zero", { padToMultipleOf: 0 }, "options/value: padToMultipleOf is 0."],
    ["offsets that are not a boolean", { offsets: "no" }, 'options/value: offsets is "no". Expected true or false.'],
    ["a number as a boolean", { addSpecialTokens: 1 }, "options/value: addSpecialTokens is 1."],
    ["both spellings", { maxLength: 8, max_length: 8 }, "options/value: maxLength and max_length are the same option."],
    ["an array as options", [128], "options/value: the options of"],
    ["a text as options", "b" as unknown as object, "options/value: the options of"],
  ])("%s", (_, options, message) => {
    expect(errorOf(() => call(options))).toContain(message);
  });

  it("an unknown option, and suggests the right name", () => {
    expect(errorOf(() => call({ maxLenght: 8 }))).toBe(
      `options/unknown: ${name} has no option "maxLenght". Did you mean maxLength?`,
    );
    expect(errorOf(() => call({ returnTensors: "pt" }))).toContain(`options/unknown: ${name} has no option`);
    expect(errorOf(() => call({ unknown: undefined }))).toBe("none");
  });
});

describe("encode(), encodeBatch() and encodeLines()", () => {
  it("accept Hugging Face's spellings", () => {
    const options = {
      text_pair: "c d e",
      max_length: 6,
      truncation: "only_second",
      padding: "max_length",
      padding_side: "left",
      truncation_side: "left",
      add_special_tokens: true,
      return_offsets_mapping: false,
      pad_to_multiple_of: 4,
      is_split_into_words: false,
      stride: 0,
    } as const;
    expect(tokenizer.encode("a b", options)).toEqual(
      tokenizer.encode("a b", {
        pair: "c d e",
        maxLength: 6,
        truncation: "onlySecond",
        padding: 8,
        paddingSide: "left",
        truncationSide: "left",
        offsets: false,
      }),
    );
    expect(
      tokenizer.encode("a b c", { max_length: 4, truncation: "do_not_truncate", padding: "do_not_pad" }).ids,
    ).toHaveLength(5);
    const ragged = tokenizer.encodeBatch(["a b c"], {
      max_length: 4,
      padding: "do_not_pad",
      return_overflowing_tokens: true,
    });
    expect([...ragged.rowItems!]).toEqual([0, 0]);
    expect([...tokenizer.encodeLines(bytes, { max_length: 3, add_special_tokens: true }).ids]).toEqual([2, 5, 3]);
  });

  it("decode() checks its options, too", () => {
    const { ids } = tokenizer.encode("a b");
    expect(tokenizer.decode(ids, { skip_special_tokens: true, clean_up_tokenization_spaces: false })).toBe("a b");
    expect(errorOf(() => tokenizer.decode(ids, { cleanUp: "yes" } as object))).toContain("options/value: cleanUp is");
    expect(errorOf(() => tokenizer.decode(ids, { skipSpecial: true } as object))).toContain("Did you mean");
  });

  it("treat null like undefined", () => {
    expect(tokenizer.encode("a", { maxLength: null, pair: null } as object)).toEqual(tokenizer.encode("a"));
  });

  it("reject unknown and invalid options of encodeLines()", () => {
    const withOptions = (options: object) => errorOf(() => tokenizer.encodeLines(bytes, options));
    expect(withOptions({ invalidUtf8: "ignore" })).toContain(
      'options/value: invalidUtf8 is "ignore". Expected "replace"',
    );
    expect(withOptions({ padding: true })).toContain('options/unknown: encodeLines() has no option "padding".');
    expect(withOptions({ maxLength: "9" })).toContain("options/max-length: maxLength is");
    expect(withOptions({ reuse: 3 })).toContain("options/value: reuse is 3.");
  });

  it("read each option once, in spite of getters and proxies", () => {
    let reads = 0;
    const get = (_: object, key: string | symbol) => (key === "maxLength" ? 3 + 0 * reads++ : undefined);
    const options = new Proxy({ maxLength: 3 }, { get });
    expect(tokenizer.encode("a b c", options).ids).toEqual([2, 5, 3]);
    expect(reads).toBe(1);
  });
});

describe("tokenizer options", () => {
  it("accept Hugging Face's spellings and reject everything else", async () => {
    const make = (options: object) => tinyTokenizer(["a"], options as TokenizerOptions);
    const { options } = await make({
      do_lower_case: false,
      strip_accents: true,
      tokenize_chinese_chars: false,
      clean_text: false,
    });
    expect(options).toMatchObject({
      lowercase: false,
      stripAccents: true,
      handleChineseChars: false,
      cleanText: false,
    });
    for (const [given, code] of [
      [{ lowercase: "true" }, "options/value"],
      [{ lowerCase: true }, "options/unknown"],
      [{ specialTokens: "some" }, "options/special-tokens"],
      [{ max_input_chars_per_word: 0 }, "options/max-input-chars"],
      [{ neverSplit: "a" }, "options/value"],
      [{ neverSplit: ["x中"] }, "options/value"],
    ] as const)
      await expect(make(given)).rejects.toMatchObject({ code });
  });

  it("neverSplit keeps words whole, where special tokens are recognized", async () => {
    const tokens = ["C++", "c", "+", "##x", "foo", "##bar"];
    const options = { neverSplit: ["C++", "Foobar", "foobar"] };
    const classic = await tinyTokenizer(tokens, options);
    expect(classic.tokenize("C++ c++ C++c (C++)").join(" ")).toBe("C++ c + + c + + c [UNK] c + + [UNK]");
    expect(classic.tokenize("foobar Foobar FOOBAR").join(" ")).toBe("foo ##bar [UNK] foo ##bar");
    expect((await tinyTokenizer(tokens, { ...options, specialTokens: "none" })).tokenize("C++").join(" ")).toBe(
      "c + +",
    );
  });
});

describe("added tokens of fromVocab()", () => {
  const vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n[X]\nb";

  it("are texts or objects, with ids of the vocabulary or after it", async () => {
    const tokenizer = await BertTokenizer.fromVocab(vocabulary, {}, [
      "[X]",
      "[NEW]",
      { content: "Word", special: false, single_word: true },
    ]);
    expect(tokenizer.addedTokens).toMatchObject([
      { id: 5, content: "[X]", special: true, normalized: false },
      { id: 7, content: "[NEW]", special: true },
      { id: 8, content: "Word", special: false, normalized: true, singleWord: true },
    ]);
    expect(tokenizer.vocabSize).toBe(9);
    expect(tokenizer.tokenize("a[X]b [NEW] word bword")).toEqual(["a", "[X]", "b", "[NEW]", "word", "[UNK]"]);
    const { ids } = tokenizer.encode("a [NEW]");
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe("a");
  });

  it.each<[string, unknown]>([
    ["a text instead of a list", "[X]"],
    ["an empty token", [""]],
    ["a token on two lines", ["a\nb"]],
    ["a token without text", [{ id: 3 }]],
    ["an unknown field", [{ content: "x", singleword: true }]],
  ])("cannot be %s", async (_, added) => {
    const promise = BertTokenizer.fromVocab(vocabulary, {}, added as string[]);
    await expect(promise).rejects.toMatchObject({ code: expect.stringMatching(/^options\/(value|unknown)$/) });
  });
});

describe("overflowing", () => {
  it("has the same windows when it is read late, copied or compared", () => {
    const options = { maxLength: 5, stride: 1, padding: "maxLength" } as const;
    const encode = () => tokenizer.encode("a b c d e f g h i j", options);
    const windows = encode().overflowing;
    expect(windows.map(({ tokens }) => tokens.join(""))).toEqual([
      "[CLS]cde[SEP]",
      "[CLS]efg[SEP]",
      "[CLS]ghi[SEP]",
      "[CLS]ij[SEP][PAD]",
    ]);
    const encoding = encode();
    tokenizer.encode("something else in between");
    expect(encoding.overflowing).toEqual(windows);
    expect(encoding.overflowing).toBe(encoding.overflowing);
    for (const copy of [{ ...encode() }, structuredClone(encode()), JSON.parse(JSON.stringify(encode())) as Encoding])
      expect(copy).toEqual(encode());
  });

  it("is not computed unless it is read", () => {
    const text = "a ".repeat(2_000_000);
    const start = performance.now();
    const encoding = tokenizer.encode(text, { maxLength: 16 });
    const first = performance.now() - start;
    expect(encoding.ids).toHaveLength(16);
    expect(first).toBeLessThan(1000); // all windows take several seconds
  });

  it("of a pair that can have more than a million windows is an error when it is read", () => {
    const encoding = tokenizer.encode("a ".repeat(3000), { pair: "b ".repeat(3000), maxLength: 5 });
    expect(errorOf(() => encoding.overflowing)).toContain("input/too-large: the pair has 9000000 windows");
  });
});

describe("isSplitIntoWords", () => {
  it("tokenizes each word separately", () => {
    const { tokens, wordIds, offsets } = tokenizer.encode(["ab", "", "c d", "中a"], { isSplitIntoWords: true });
    expect(tokens.slice(1, -1)).toEqual(["a", "##b", "c", "d", "中", "a"]);
    expect(wordIds.slice(1, -1)).toEqual([0, 0, 2, 2, 3, 3]);
    expect(offsets.slice(3, 5)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it("tokenizes as many words as the row needs", () => {
    const words = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? "ab" : ""));
    const encoding = tokenizer.encode(words, { isSplitIntoWords: true, maxLength: 9 });
    expect(encoding.wordIds.slice(1, -1)).toEqual([0, 0, 2, 2, 4, 4, 6]);
    expect(encoding.overflowing.flatMap(({ wordIds }) => wordIds.slice(1, -1))).toHaveLength(1000 - 7);
  });

  it("rejects texts as words, and words as texts", () => {
    const split = { isSplitIntoWords: true } as const;
    expect(errorOf(() => tokenizer.encode("a", split))).toContain(
      "input/not-text: the text or its pair is not an array",
    );
    expect(errorOf(() => tokenizer.encode(["a"]))).toContain("set isSplitIntoWords to pass arrays of words");
    expect(errorOf(() => tokenizer.encode(["a"], { ...split, pair: "b" }))).toContain("input/not-text");
    expect(errorOf(() => tokenizer.encodeBatch(["a"], split))).toContain("input/not-text: item 0 of the batch");
    expect(errorOf(() => tokenizer.encodeBatch([["a"], [["a"], "b"] as unknown as string[]], split))).toContain(
      "item 1",
    );
  });
});

describe("sequenceIds() and charToToken()", () => {
  it("distinguish the texts of a pair whose token type ids are equal", async () => {
    const special = { token: "[SEP]", typeId: 0 } as const;
    const template = {
      single: [special, { text: 0, typeId: 0 } as const],
      pair: [{ text: 0, typeId: 0 } as const, special, { text: 1, typeId: 0 } as const],
    };
    const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b"];
    const zero = await tokenizerFrom(vocabulary, { template });
    const encoding = zero.encode("", { pair: "a b", maxLength: 2 });
    expect(sequenceIds(encoding)).toEqual([null, 1]);
    expect(charToToken(encoding, 0, 1)).toBe(1);
    expect(charToToken(encoding, 0, 0)).toBeUndefined();
    expect(sequenceIds({ ...zero.encode("a", { pair: "b" }) })).toEqual([0, null, 1]);
  });

  it("reject an encoding without offsets", () => {
    const encoding = tokenizer.encode("a", { offsets: false });
    expect(errorOf(() => charToToken(encoding, 0))).toContain("input/no-offsets: the encoding has no offsets");
    expect(sequenceIds(encoding)).toEqual([null, 0, null]);
  });
});

describe("with any texts and options", () => {
  const text = fc
    .array(fc.constantFrom("a", "ab", "b c", "中", "", "zz"), { maxLength: 8 })
    .map((parts) => parts.join(" "));
  const item = fc.oneof(text, fc.tuple(text, text));
  const options = fc.record(
    {
      maxLength: fc.integer({ min: 8, max: 14 }),
      stride: fc.nat(1),
      truncationSide: fc.constantFrom("left", "right"),
      paddingSide: fc.constantFrom("left", "right"),
      padToMultipleOf: fc.constantFrom(1, 3),
      addSpecialTokens: fc.boolean(),
    } as const,
    { requiredKeys: [] },
  );

  it("the rows of encodeBatch() are those of encode()", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), options, fc.boolean(), (items, options, overflow) => {
        const batch = tokenizer.encodeBatch(items as BatchItem[], { ...options, overflow, offsets: true });
        const encodings = items.flatMap((item, index) => {
          const [first, pair] = typeof item === "string" ? [item] : item;
          const encoding = tokenizer.encode(first!, { ...options, pair, padding: batch.length });
          const rows = overflow ? [encoding, ...encoding.overflowing] : [encoding];
          return rows.map((row) => ({ ...row, index }));
        });
        expect(batch.size).toBe(encodings.length);
        if (overflow) expect([...batch.rowItems!]).toEqual(encodings.map(({ index }) => index));
        expect([...batch.ids]).toEqual(encodings.flatMap(({ ids }) => ids));
        expect([...batch.typeIds]).toEqual(encodings.flatMap(({ typeIds }) => typeIds));
        expect([...batch.attentionMask]).toEqual(encodings.flatMap(({ attentionMask }) => attentionMask));
        expect([...batch.offsets!]).toEqual(encodings.flatMap(({ offsets }) => offsets.flat()));
      }),
      { numRuns: 300 },
    );
  });
});
