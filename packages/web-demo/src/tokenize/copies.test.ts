import { BertTokenizer } from "@bertie/tokenizer-wasm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyOf, countCodePoints } from "./copies.ts";

const vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n好\n!";
const tokenizer = await BertTokenizer.fromVocab(vocabulary, { lowercase: true });

describe("copyOf()", () => {
  const [text, pair] = ["😀 Hello!", "😀好"];
  const copied = { text, pair, encoding: tokenizer.encode(text, { pair }) };

  it("returns ids and tokens", () => {
    expect(copyOf(copied, "ids")).toBe("[2, 1, 4, 6, 3, 1, 5, 3]");
    expect(copyOf(copied, "tokens")).toBe("[CLS] [UNK] hello ! [SEP] [UNK] 好 [SEP]");
  });

  it("returns JSON, with offsets in code points", () => {
    expect(JSON.parse(copyOf(copied, "json"))).toEqual({
      ...{ text, text_pair: pair },
      tokens: ["[CLS]", "[UNK]", "hello", "!", "[SEP]", "[UNK]", "好", "[SEP]"],
      input_ids: [2, 1, 4, 6, 3, 1, 5, 3],
      token_type_ids: [0, 0, 0, 0, 0, 1, 1, 1],
      attention_mask: [1, 1, 1, 1, 1, 1, 1, 1],
      special_tokens_mask: [1, 0, 0, 0, 1, 0, 0, 1],
      offset_mapping: [...[[0, 0]], [0, 1], [2, 7], [7, 8], [0, 0], [0, 1], [1, 2], [0, 0]],
    });
  });
});

it("countCodePoints() counts like iteration over the text, also with lone surrogates", () => {
  const units = fc.array(fc.constantFrom("a", "\ud83d", "\ude00", "好"));
  fc.assert(fc.property(units, (parts) => countCodePoints(parts.join("")) === [...parts.join("")].length));
});
