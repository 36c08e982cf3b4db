import { BertTokenizer } from "@bertie/tokenizer-wasm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { characterCount, createLengthHistogram, tokenCounter } from "./lengths.ts";

const vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\nroom\n##s\n好\n坏\n";

describe("tokenCounter()", () => {
  it("counts tokens with [CLS] and [SEP], and [UNK] tokens, without truncation", async () => {
    const count = tokenCounter(await BertTokenizer.fromVocab(vocab));
    expect(count(["good rooms", ["good", "bad zebra"], ""])).toEqual({ lengths: [5, 6, 2], tokens: 6, unknown: 1 });
    const long = count([...Array.from({ length: 300 }, () => "好".repeat(3000)), "x 坏 y"]);
    expect(long.lengths[299]).toBe(3002);
    expect([long.tokens, long.unknown]).toEqual([900_003, 2]);
  });

  it("returns empty counts for no texts", async () => {
    expect(tokenCounter(await BertTokenizer.fromVocab(vocab))([])).toEqual({ lengths: [], tokens: 0, unknown: 0 });
  });
});

describe("createLengthHistogram()", () => {
  it("returns the quantiles and the number of truncated texts", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700), { minLength: 1 }), fc.integer({ min: 3, max: 512 }), (lengths, maxLength) => {
        const histogram = createLengthHistogram();
        for (const length of lengths) histogram.add(length);
        const sorted = lengths.toSorted((a, b) => a - b);
        const quantile = (fraction: number) => sorted[Math.max(Math.ceil(fraction * sorted.length) - 1, 0)];
        expect(histogram.summary(maxLength)).toEqual({
          ...{ median: quantile(0.5), p90: quantile(0.9), p95: quantile(0.95), max: sorted.at(-1) },
          mean: expect.closeTo(lengths.reduce((sum, length) => sum + Math.min(length, maxLength), 0) / lengths.length),
          truncated: lengths.filter((length) => length > maxLength).length,
        });
      }),
    );
  });

  it("counts very long texts, and returns undefined without texts", () => {
    const histogram = createLengthHistogram();
    expect(histogram.summary(128)).toBeUndefined();
    histogram.add(1e7);
    expect(histogram.summary(undefined)).toMatchObject({ max: 1e7 });
    expect(histogram.summary(128)).toMatchObject({ truncated: 1 });
  });
});

describe("characterCount()", () => {
  it("counts code points", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(characterCount(text)).toBe([...text].length);
      }),
    );
  });
});
