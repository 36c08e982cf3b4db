import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { expect, it } from "vitest";
import { compareWithPeer } from "./compare.ts";

const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n好\n[\nsep\n]");

it("compareWithPeer() finds exactly the lines with different ids", async () => {
  // Hugging Face's tokenizer also finds special tokens inside words.
  const { lines, different, examples } = await compareWithPeer(tokenizer, "a ab 好\nB\n\nb[SEP]\nA");
  expect({ lines, different }).toEqual({ lines: 5, different: 1 });
  expect(examples).toEqual([{ line: 4, tokens: ["b", "[", "sep", "]"], peer: ["b", "[SEP]"] }]);
});
