import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { expect, it } from "vitest";
import { piecesOf } from "./pieces.ts";

const vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nwor\n##ld\n!\n好";
const tokenizer = await BertTokenizer.fromVocab(vocabulary, { lowercase: true });

it("piecesOf() returns the text of each token and all text in between", () => {
  const text = "  Hello World! 😀好";
  const encoding = tokenizer.encode(text);
  const pieces = piecesOf(text, encoding, 0);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  const named = pieces.filter(({ token }) => token !== undefined);
  expect(named.map(({ text, token }) => [encoding.tokens[token!], text])).toEqual([
    ["hello", "Hello"],
    ["wor", "Wor"],
    ["##ld", "ld"],
    ["!", "!"],
    ["[UNK]", "😀"],
    ["好", "好"],
  ]);
});

it("piecesOf() separates the texts of a pair, and keeps truncated text", () => {
  const encoding = tokenizer.encode("hello", { pair: "好 hello", maxLength: 5 });
  expect(piecesOf("hello", encoding, 0)).toEqual([{ text: "hello", token: 1 }]);
  expect(piecesOf("好 hello", encoding, 1)).toEqual([
    { text: "好", token: 3 },
    { text: " hello", token: undefined },
  ]);
});

it("piecesOf() abbreviates long words, white space and truncated text", () => {
  const long = "x".repeat(1e6);
  const text = `${long}${" ".repeat(1e6)}hello ${long}`;
  const pieces = piecesOf(text, tokenizer.encode(text, { maxLength: 4, truncation: true }), 0);
  expect(pieces.map(({ text }) => text.length)).toEqual([501, 501, 5, 501]);
});
