import { describe, expect, it } from "vitest";
import { tinyTokenizer } from "./testing/fixtures.ts";

const letters = [..."abcdefghij"];

describe("encodeBatch()", () => {
  it("returns flat arrays, padded to the longest row", async () => {
    const batch = (await tinyTokenizer(letters)).encodeBatch(["a", ["b c", "d"], ""]);
    expect(batch).toEqual({
      size: 3,
      length: 6,
      ids: Int32Array.of(2, 5, 3, 0, 0, 0, 2, 6, 7, 3, 8, 3, 2, 3, 0, 0, 0, 0),
      typeIds: Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0),
      attentionMask: Int32Array.of(1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0),
      lengths: Int32Array.of(3, 6, 2),
    });
  });

  it("returns offsets of shape [size, length, 2]", async () => {
    const { offsets, length } = (await tinyTokenizer(letters)).encodeBatch([["😀b", "c"], "d e"], { offsets: true });
    expect(length).toBe(5);
    expect(offsets).toEqual(Int32Array.of(0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0));
  });

  it("truncates and pads to maxLength", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const batch = tokenizer.encodeBatch(["a b c d", "a"], { maxLength: 4, padding: "maxLength" });
    expect(batch.ids).toEqual(Int32Array.of(2, 5, 6, 3, 2, 5, 3, 0));
    expect(tokenizer.encodeBatch(["a b c d", "a"], { maxLength: 8, padding: "maxLength" }).length).toBe(8);
    expect(tokenizer.encodeBatch(["a b c d"], { maxLength: 4, truncation: false }).length).toBe(6);
  });

  it("rejects rows longer than the padded length, and a maxLength below the number of special tokens", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const withCode = (code: string) => expect.objectContaining({ code });
    expect(() => tokenizer.encodeBatch(["a"], { padding: "maxLength" })).toThrowError(withCode("options/padding"));
    const options = { maxLength: 4, truncation: false, padding: "maxLength" } as const;
    expect(() => tokenizer.encodeBatch(["a b c d"], options)).toThrowError(withCode("options/padding"));
    expect(() => tokenizer.encodeBatch([["a", "b"]], { maxLength: 2 })).toThrowError(withCode("options/max-length"));
  });

  it("returns rows one after the other with padding: false", async () => {
    const tokenizer = await tinyTokenizer(letters);
    expect(tokenizer.encodeBatch(["a", ["b c", "d"], ""], { padding: false, offsets: true })).toEqual({
      size: 3,
      ids: Int32Array.of(2, 5, 3, 2, 6, 7, 3, 8, 3, 2, 3),
      typeIds: Int32Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0),
      rowOffsets: Int32Array.of(0, 3, 9, 11),
      lengths: Int32Array.of(3, 6, 2),
      offsets: Int32Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    });
    const bare = tokenizer.encodeBatch(["a b", "c d"], { padding: false, addSpecialTokens: false, maxLength: 1 });
    expect([bare.ids, bare.rowOffsets]).toEqual([Int32Array.of(5, 7), Int32Array.of(0, 1, 2)]);
  });

  it("reuses the arrays of an old batch if they are large enough", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const texts: [string, string][] = [
      ["a b c d", "e f g"],
      ["h", "i j"],
    ];
    const old = tokenizer.encodeBatch(texts, { offsets: true });
    const { ids } = old;
    const fresh = tokenizer.encodeBatch(["a b", "c"], { offsets: true });
    const second = tokenizer.encodeBatch(["a b", "c"], { offsets: true, reuse: old });
    expect(second).toEqual(fresh);
    expect(second.ids.buffer).toBe(ids.buffer);
    const third = tokenizer.encodeBatch(texts, { padding: false, reuse: second });
    expect(third).toEqual(tokenizer.encodeBatch(texts, { padding: false }));
    const longer = tokenizer.encodeBatch(["a b c d e f g h".repeat(9)], { reuse: third });
    expect(longer).toEqual(tokenizer.encodeBatch(["a b c d e f g h".repeat(9)]));
  });

  it("returns typeIds and attentionMask that survive copying the batch", async () => {
    const batch = (await tinyTokenizer(letters)).encodeBatch([["a", "b"], "c"]);
    expect(batch.attentionMask).toBe(batch.attentionMask);
    for (const copy of [{ ...batch }, structuredClone(batch)]) {
      expect([copy.typeIds, copy.attentionMask]).toEqual([batch.typeIds, batch.attentionMask]);
    }
  });

  it("encodes each item of a large batch like a batch of that item only", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const text = (i: number) => ["a é", "b ".repeat(i), "😀", "", "c d e ".repeat(5 * i)][i % 5]!;
    const items = Array.from({ length: 700 }, (_, i) => (i % 7 === 0 ? ([text(i), text(i + 1)] as const) : text(i)));
    expect(items.flat().join("").length).toBeGreaterThan(1 << 20);
    const { ids, offsets, rowOffsets } = tokenizer.encodeBatch(items, { padding: false, offsets: true });
    for (const [i, item] of items.entries()) {
      const one = tokenizer.encodeBatch([item], { padding: false, offsets: true });
      const [from, to] = rowOffsets.subarray(i, i + 2);
      expect(ids.subarray(from, to)).toEqual(one.ids);
      expect(offsets!.subarray(2 * from!, 2 * to!)).toEqual(one.offsets);
    }
  });

  it("encodes an empty batch", async () => {
    expect((await tinyTokenizer([])).encodeBatch([])).toMatchObject({ size: 0, length: 0, ids: new Int32Array(0) });
  });
});
