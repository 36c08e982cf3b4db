import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { createBufferPool } from "@bertie/tokenizer-wasm/stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJsonLines } from "./json-lines.ts";

const words = Array.from({ length: 1200 }, (_, i) => `w${i}`);
const tokenizer = await BertTokenizer.fromVocab(["[PAD]", "[UNK]", "[CLS]", "[SEP]", ...words].join("\n"));

const textOf = ({ data }: { data: Uint8Array }) => new TextDecoder().decode(data);

describe("createJsonLines()", () => {
  it("writes ids exactly as JSON.stringify()", () => {
    const row = fc.array(fc.nat(1203), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (lists) => {
        const rowOffsets = [0];
        for (const list of lists) rowOffsets.push(rowOffsets.at(-1)! + list.length);
        const rows = { ids: Int32Array.from(lists.flat()), rowOffsets: Int32Array.from(rowOffsets) };
        const expected = lists.map((ids) => `${JSON.stringify({ ids })}\n`).join("");
        expect(textOf(createJsonLines(tokenizer, false).pack(rows, createBufferPool()))).toBe(expected);
      }),
    );
  });

  it("writes type ids, tokens and offsets if the rows have them", () => {
    const rows = {
      ids: Int32Array.of(2, 4, 3),
      rowOffsets: Int32Array.of(0, 3),
      typeIds: Int32Array.of(0, 0, 1),
      offsets: Int32Array.of(0, 0, 0, 2, 0, 0),
    };
    const expected =
      '{"ids":[2,4,3],"type_ids":[0,0,1],"tokens":["[CLS]","w0","[SEP]"],"offsets":[[0,0],[0,2],[0,0]]}\n';
    expect(textOf(createJsonLines(tokenizer, true).pack(rows, createBufferPool()))).toBe(expected);
  });
});
