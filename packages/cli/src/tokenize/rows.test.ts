import type { BatchItem } from "@bertie/tokenizer-wasm";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineEncoder, encodeTexts, type Rows } from "./rows.ts";

const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\n天\n很", { lowercase: true });

const slices = (values: Int32Array | undefined, { rowOffsets }: Rows, width = 1) =>
  Array.from({ length: rowOffsets.length - 1 }, (_, row) =>
    Array.from(values!.subarray(width * rowOffsets[row]!, width * rowOffsets[row + 1]!)),
  );

const text = fc.string({ unit: fc.constantFrom("a", "b", "天", "很", "𠀀", " ", "\n"), maxLength: 20 });

describe("encodeTexts()", () => {
  it("equals encode() for each text or pair, independent of the other items", () => {
    const long = fc.integer({ min: 0, max: 3 }).map((n) => "a天 ".repeat(10 ** n));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: text }, long), text), { maxLength: 12 }),
        fc.boolean(),
        fc.option(fc.integer({ min: 3, max: 9 }), { nil: undefined }),
        fc.boolean(),
        (texts, pairs, maxLength, addSpecialTokens) => {
          const items: BatchItem[] = pairs ? texts : texts.map(([first]) => first);
          const options = { maxLength, addSpecialTokens, offsets: true };
          const rows = encodeTexts(tokenizer, items, { ...options, pairs });
          const expected = texts.map(([first, second]) =>
            tokenizer.encode(first, pairs ? { ...options, pair: second } : options),
          );
          expect(slices(rows.ids, rows)).toEqual(expected.map(({ ids }) => ids));
          expect(slices(rows.offsets, rows, 2)).toEqual(expected.map(({ offsets }) => offsets.flat()));
          if (pairs) expect(slices(rows.typeIds, rows)).toEqual(expected.map(({ typeIds }) => typeIds));
          else expect(rows.typeIds).toBe(undefined);
        },
      ),
    );
  });

  it("does not pad many short texts to the length of one long text", () => {
    const items = [...new Array<string>(3000).fill("a"), "a ".repeat(300_000), ...new Array<string>(3000).fill("天")];
    const rows = encodeTexts(tokenizer, items, {
      maxLength: undefined,
      addSpecialTokens: false,
      offsets: false,
      pairs: false,
    });
    expect(rows.ids.length).toBe(306_000);
    expect(rows.rowOffsets.length).toBe(6002);
  });
});

describe("createLineEncoder()", () => {
  const bytes = Uint8Array.from([
    ...new TextEncoder().encode("a\n天"),
    0xff,
    ...new TextEncoder().encode("很\n\n很\n"),
  ]);

  it.each([
    [
      "replace",
      [
        [2, 4, 3],
        [2, 6, 7, 3],
        [2, 3],
        [2, 7, 3],
      ],
    ],
    [
      "skip",
      [
        [2, 4, 3],
        [2, 3],
        [2, 7, 3],
      ],
    ],
  ] as const)(
    'with "%s" handles lines that are not valid UTF-8, and returns their numbers',
    (invalidUtf8, expected) => {
      const encode = createLineEncoder(tokenizer, { maxLength: undefined, addSpecialTokens: true, invalidUtf8 });
      for (let i = 0; i < 2; i++) {
        const rows = encode(bytes);
        expect(slices(rows.ids, rows)).toEqual(expected);
        expect(rows.invalidLines).toEqual([1]);
      }
    },
  );
});
