import { describe, expect, it } from "vitest";
import { tinyTokenizer, tokenizerFor } from "./testing/fixtures.ts";

const letters = [..."abcdefghij"];
const [PAD, CLS, SEP, A] = [0, 2, 3, 5];

describe("encode()", () => {
  it("adds [CLS] and [SEP] and returns the offsets of tokens", async () => {
    const tokenizer = await tinyTokenizer(["hello", "wor", "##ld", "!"]);
    expect(tokenizer.encode("Hello  World!")).toEqual({
      ids: [CLS, 5, 6, 7, 8, SEP],
      typeIds: [0, 0, 0, 0, 0, 0],
      attentionMask: [1, 1, 1, 1, 1, 1],
      specialTokensMask: [1, 0, 0, 0, 0, 1],
      tokens: ["[CLS]", "hello", "wor", "##ld", "!", "[SEP]"],
      offsets: [
        [0, 0],
        [0, 5],
        [7, 10],
        [10, 12],
        [12, 13],
        [0, 0],
      ],
      wordIds: [null, 0, 1, 1, 2, null],
      overflowing: [],
    });
  });

  it("encodes pairs as [CLS] a [SEP] b [SEP], with type id 1 for b and its [SEP]", async () => {
    const { tokens, typeIds, offsets } = (await tinyTokenizer(letters)).encode("a b", { pair: "c" });
    expect(tokens).toEqual(["[CLS]", "a", "b", "[SEP]", "c", "[SEP]"]);
    expect(typeIds).toEqual([0, 0, 0, 0, 1, 1]);
    expect(offsets[4]).toEqual([0, 1]);
  });

  it("omits [CLS], [SEP] and offsets on request", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const encoding = tokenizer.encode("a b", { pair: "c", addSpecialTokens: false, offsets: false });
    expect(encoding).toMatchObject({ ids: [A, A + 1, A + 2], typeIds: [0, 0, 1], offsets: [], wordIds: [] });
  });

  it("counts offsets in UTF-16 code units of the original text", async () => {
    const tokenizer = await tinyTokenizer(["cafe", "##s", "😀", "x", "中"]);
    const text = "😀 \u0000Cafe\u0301s\ud800x\udc00 中😀";
    const { tokens, offsets } = tokenizer.encode(text, { addSpecialTokens: false });
    expect(tokens).toEqual(["😀", "[UNK]", "中", "😀"]);
    expect(offsets.map(([start, end]) => text.slice(start, end))).toEqual(["😀", "Cafe\u0301s\ud800x", "中", "😀"]);
    expect(tokenizer.encode("Cafe\u0301s", { addSpecialTokens: false }).offsets).toEqual([
      [0, 4],
      [5, 6],
    ]);
  });

  it("returns the offsets of the whole Hangul syllable for each of its jamo", async () => {
    const tokenizer = await tinyTokenizer(["ᄒ", "##ᅡ", "##ᆫ"]);
    expect(tokenizer.encode("한", { addSpecialTokens: false }).offsets).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  it("truncates single texts to maxLength", async () => {
    const tokenizer = await tinyTokenizer(letters);
    expect(tokenizer.encode("a b c d", { maxLength: 4 }).tokens).toEqual(["[CLS]", "a", "b", "[SEP]"]);
    expect(tokenizer.encode("a b c d", { maxLength: 4, truncation: false }).ids).toHaveLength(6);
    expect(tokenizer.encode("a b c d", { maxLength: 4, addSpecialTokens: false }).ids).toHaveLength(4);
    expect(tokenizer.encode("a b", { maxLength: 2 }).tokens).toEqual(["[CLS]", "[SEP]"]);
    for (const maxLength of [1, 0, -1, 2.5, Number.NaN]) {
      expect(() => tokenizer.encode("a", { maxLength })).toThrowError(
        expect.objectContaining({ code: "options/max-length" }),
      );
    }
  });

  it("truncates the longer text of a pair, or the second if both are equally long", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const lengths = (first: number, second: number, maxLength: number) => {
      const { typeIds } = tokenizer.encode("a ".repeat(first), { pair: "b ".repeat(second), maxLength });
      const ones = typeIds.filter((type) => type === 1).length;
      return [typeIds.length - ones - 2, ones - 1];
    };
    // Removes one token at a time, as the original BERT code does.
    const oneByOne = (first: number, second: number, maxLength: number) => {
      const kept = [first, second] as [number, number];
      while (kept[0] + kept[1] > maxLength - 3) kept[kept[0] > kept[1] ? 0 : 1]--;
      return kept;
    };
    for (let first = 0; first < 9; first++) {
      for (let second = 0; second < 9; second++) {
        for (let maxLength = 3; maxLength < 22; maxLength++) {
          expect(lengths(first, second, maxLength)).toEqual(oneByOne(first, second, maxLength));
        }
      }
    }
  });

  it("truncates only the text that truncation names, and throws if that is not enough", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const truncate = (truncation: "onlyFirst" | "onlySecond") =>
      tokenizer.encode("a b c", { pair: "d e f", maxLength: 7, truncation }).tokens.join(" ");
    expect(truncate("onlyFirst")).toBe("[CLS] a [SEP] d e f [SEP]");
    expect(truncate("onlySecond")).toBe("[CLS] a b c [SEP] d [SEP]");
    const options = { pair: "d e f g h", maxLength: 6, truncation: "onlyFirst" } as const;
    expect(() => tokenizer.encode("a", options)).toThrowError(expect.objectContaining({ code: "options/truncation" }));
  });

  it("returns the rest of a truncated text as overlapping windows", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const encoding = tokenizer.encode("a b c d e f g", { maxLength: 5, stride: 1 });
    const windows = [encoding, ...encoding.overflowing].map(({ tokens }) => tokens.slice(1, -1).join(""));
    expect(windows).toEqual(["abc", "cde", "efg"]);
    expect(encoding.overflowing[1]?.offsets[1]).toEqual([8, 9]);
    expect(tokenizer.encode("a b c d e", { maxLength: 5 }).overflowing.map(({ tokens }) => tokens.join(" "))).toEqual([
      "[CLS] d e [SEP]",
    ]);
    const pair = tokenizer.encode("a b", { pair: "c d e", maxLength: 6, truncation: "onlySecond" });
    expect([pair, ...pair.overflowing].map(({ tokens }) => tokens.join(" "))).toEqual([
      "[CLS] a b [SEP] c [SEP]",
      "[CLS] a b [SEP] d [SEP]",
      "[CLS] a b [SEP] e [SEP]",
    ]);
    expect(() => tokenizer.encode("a b c d", { maxLength: 5, stride: 3 })).toThrowError(
      expect.objectContaining({ code: "options/stride" }),
    );
  });

  it('pads to maxLength with padding: "maxLength", including overflowing windows', async () => {
    const encoding = (await tinyTokenizer(letters)).encode("a b c d", { maxLength: 5, padding: "maxLength" });
    expect(encoding.overflowing[0]).toMatchObject({
      ids: [CLS, A + 3, SEP, PAD, PAD],
      attentionMask: [1, 1, 1, 0, 0],
      specialTokensMask: [1, 0, 1, 1, 1],
    });
  });

  it("encodes an empty text", async () => {
    const tokenizer = await tinyTokenizer([]);
    expect(tokenizer.encode("").ids).toEqual([CLS, SEP]);
    expect(tokenizer.encode("", { pair: "", maxLength: 3 }).ids).toEqual([CLS, SEP, SEP]);
    expect(tokenizer.tokenize(" \n\u0301\u0000")).toEqual([]);
  });
});

describe("decode()", () => {
  it("joins tokens into words, and words into text", async () => {
    const tokenizer = await tokenizerFor("en");
    const { ids } = tokenizer.encode("Isn't unaffable, is it? (No.)");
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe("isn't unaffable, is it? ( no. )");
    expect(tokenizer.decode(ids, { skipSpecialTokens: true, cleanUp: false })).toBe(
      "isn ' t unaffable , is it ? ( no . )",
    );
    expect(tokenizer.decode(ids)).toMatch(/^\[CLS\] isn't .* \[SEP\]$/);
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.decode([999_999, tokenizer.unkTokenId])).toBe("[UNK] [UNK]");
  });
});

describe("tokenToId() and idToToken()", () => {
  it("are inverse to each other for the whole vocabulary", async () => {
    const tokenizer = await tokenizerFor("zh");
    for (let id = 0; id < tokenizer.vocabSize; id++) expect(tokenizer.tokenToId(tokenizer.idToToken(id)!)).toBe(id);
    expect(tokenizer.tokenToId("no such token")).toBeUndefined();
    expect(tokenizer.idToToken(-1)).toBeUndefined();
    expect(tokenizer.maskTokenId).toBe(tokenizer.tokenToId("[MASK]"));
  });
});
