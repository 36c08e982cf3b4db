import { describe, expect, it } from "vitest";
import { BertTokenizer, type TokenizerOptions } from "./index.ts";
import { load } from "./load.ts";
import { tinyTokenizer, tokenizerFor } from "./testing/fixtures.ts";

async function tokens(text: string, options: TokenizerOptions = {}): Promise<string[]> {
  return (await tokenizerFor("en", options)).tokenize(text);
}

describe("tokenize()", () => {
  it("removes control characters, except tab, line feed and carriage return, which are whitespace", async () => {
    expect(await tokens("a\u0000b c\u000bd e\u0085f g\u001ch")).toEqual(["ab", "cd", "e", "##f", "g", "##h"]);
    expect(await tokens("a\tb\nc\rd\u00a0e\u3000f")).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(await tokens("to\ufffdday to\u00adday to\u200bday")).toEqual(["today", "today", "today"]);
  });

  it("splits at line and paragraph separators", async () => {
    expect(await tokens("a\u2028b\u2029c")).toEqual(["a", "b", "c"]);
  });

  it("keeps control characters and U+FFFD in words with cleanText: false", async () => {
    const tokenizer = await tinyTokenizer(["a", "##b", "ab", "a\u00adb", "a\ufffdb"], { cleanText: false });
    expect(tokenizer.tokenize("a\u00adb a\ufffdb ab")).toEqual(["a\u00adb", "a\ufffdb", "ab"]);
  });

  it("treats ideographs as separate words unless handleChineseChars is false", async () => {
    const vocabulary = ["中", "文", "\u{20000}", "\u{2cea1}", "\u{2ceb0}", "##\u{2ceb0}", "豈", "中文"];
    const tokenizer = await tinyTokenizer(vocabulary);
    expect(tokenizer.tokenize("中文\u{20000}\u{2cea1}豈")).toEqual(["中", "文", "\u{20000}", "\u{2cea1}", "豈"]);
    // U+2CEB0 is outside the blocks that BERT treats as Chinese characters.
    expect(tokenizer.tokenize("\u{2ceb0}\u{2ceb0}")).toEqual(["\u{2ceb0}", "##\u{2ceb0}"]);
    const joined = await tinyTokenizer(vocabulary, { handleChineseChars: false });
    expect(joined.tokenize("中文")).toEqual(["中文"]);
  });

  it.each([
    ["中[SEP]文", ["中", "[SEP]", "文"]],
    ["[SEP]", ["[SEP]"]],
    ["[S\u0000EP]\u00ad", ["[SEP]"]],
    ["a[SEP]b", ["a", "[", "sep", "]", "b"]],
    ["[SEP].", ["[", "sep", "]", "."]],
    ["[SEP][SEP]", ["[", "sep", "]", "[", "sep", "]"]],
    ["[sep]", ["[", "sep", "]"]],
    ["\u0301[SEP]", ["[", "sep", "]"]],
    ["[SEP]\u0301", ["[", "sep", "]"]],
  ])('recognizes special tokens by the "classic" rule: %j is %j', async (text, expected) => {
    const tokenizer = await tinyTokenizer(["中", "文", "a", "b", "[", "]", ".", "sep"]);
    expect(tokenizer.tokenize(text)).toEqual(expected);
  });

  it('recognizes no special tokens with specialTokens: "none", and all of them with "everywhere"', async () => {
    const vocabulary = ["a", "b", "[", "]", "sep"];
    const none = await tinyTokenizer(vocabulary, { specialTokens: "none" });
    expect(none.tokenize("[SEP] a")).toEqual(["[", "sep", "]", "a"]);
    const everywhere = await tinyTokenizer(vocabulary, { specialTokens: "everywhere" });
    expect(everywhere.tokenize("a[SEP]b[SEP][CLS]")).toEqual(["a", "[SEP]", "b", "[SEP]", "[CLS]"]);
    expect(everywhere.encode("a[SEP]b").offsets).toEqual([
      [0, 0],
      [0, 1],
      [1, 6],
      [6, 7],
      [0, 0],
    ]);
  });

  it("lowercases capital sigma by its position in the word, ignoring case-ignorable characters", async () => {
    const tokenizer = await tinyTokenizer(["σας", "ας", "ασ", "σ", "α", "'", "ς", "##σ", "##ς", "ασα"]);
    expect(tokenizer.tokenize("ΣΑΣ ΑΣ Σ ΑΣ' ΑΣ'Α ΑΣΑ")).toEqual([
      ...["σας", "ας", "σ"],
      ...["ας", "'"],
      ...["ασ", "'", "α"],
      "ασα",
    ]);
    expect(tokenizer.tokenize("ΑΣ\u0301 ΑΣ\u00ad. Α中Σ")).toEqual(["ας", "ας", "[UNK]", "α", "[UNK]", "σ"]);
  });

  it("removes accents, by default only if it also lowercases", async () => {
    expect(await tokens("Café İstanbul Ångström")).toEqual(await tokens("cafe istanbul angstrom"));
    const vocabulary = ["Cafe", "Café", "cafe", "café", "CAFÉ"];
    const cases: [TokenizerOptions, string][] = [
      [{ lowercase: false }, "Café"],
      [{ lowercase: false, stripAccents: true }, "Cafe"],
      [{ lowercase: true, stripAccents: false }, "café"],
      [{}, "cafe"],
    ];
    for (const [options, expected] of cases) {
      expect((await tinyTokenizer(vocabulary, options)).tokenize("Café")).toEqual([expected]);
    }
  });

  it("does not decompose compatibility characters", async () => {
    expect((await tinyTokenizer(["ﬁ", "fi"])).tokenize("ﬁ")).toEqual(["ﬁ"]);
  });

  it("splits at punctuation that results from decomposition", async () => {
    const tokenizer = await tinyTokenizer(["a", "b", "=", ";", "`", "$", "€"]);
    expect(tokenizer.tokenize("a≠b a\u037eb a\u1fefb a$b")).toEqual(
      ["=", ";", "`", "$"].flatMap((sign) => ["a", sign, "b"]),
    );
    expect(tokenizer.tokenize("a€b")).toEqual(["[UNK]"]);
  });

  it("puts spacing marks into canonical order", async () => {
    // The canonical order is U+16FF0 (class 6), U+302E (224), U+1D16D (226), in whatever order they were typed.
    const tokenizer = await tinyTokenizer(["a\u{16ff0}\u302e\u{1d16d}"]);
    for (const typed of ["a\u302e\u{16ff0}\u{1d16d}", "a\u{1d16d}\u0301\u302e\u{16ff0}", "a\u{16ff0}\u{1d16d}\u302e"]) {
      const { tokens: actual, offsets } = tokenizer.encode(typed, { addSpecialTokens: false });
      expect(actual).toEqual(["a\u{16ff0}\u302e\u{1d16d}"]);
      expect(offsets).toEqual([[0, typed.length]]);
    }
  });

  it("returns [UNK] for words longer than maxInputCharsPerWord (default: 100), counted after decomposition", async () => {
    const tokenizer = await tinyTokenizer(["a", "##a", "ᄒ", "##ᅡ", "##ᆫ", "##ᄒ"]);
    expect(tokenizer.tokenize("a".repeat(100))).toHaveLength(100);
    expect(tokenizer.tokenize("a".repeat(101))).toEqual(["[UNK]"]);
    expect(tokenizer.tokenize("a\u0301".repeat(100))).toHaveLength(100);
    expect(tokenizer.tokenize("한".repeat(33))).toHaveLength(99);
    expect(tokenizer.tokenize("한".repeat(34))).toEqual(["[UNK]"]);
    const longer = await tinyTokenizer(["a", "##a"], { maxInputCharsPerWord: 200 });
    expect(longer.tokenize("a".repeat(200))).toHaveLength(200);
    const shorter = await tinyTokenizer(["a", "##a", "[", "##S"], { maxInputCharsPerWord: 4 });
    expect(shorter.tokenize("aaaaa [SEP]")).toEqual(["[UNK]", "[UNK]"]);
  });

  it("takes the longest match, and returns [UNK] for the whole word if any part has no match", async () => {
    const tokenizer = await tinyTokenizer(["un", "una", "##able", "##ble", "##a", "x"]);
    expect(tokenizer.tokenize("unable unaab unax")).toEqual(["una", "##ble", "[UNK]", "[UNK]"]);
  });
});

describe("BertTokenizer.fromVocab()", () => {
  it("splits at line feeds only, strips lines as Python does, accepts CRLF, and counts empty lines as ids", async () => {
    const tokenizer = await BertTokenizer.fromVocab("[PAD]\r\n[UNK]\r\n\u2028\r\n [CLS]\u00a0\r\n[SEP]\r\na\u2028b");
    expect([...Array(6).keys()].map((id) => tokenizer.idToToken(id))).toEqual([
      "[PAD]",
      "[UNK]",
      "",
      "[CLS]",
      "[SEP]",
      "a\u2028b",
    ]);
    expect(tokenizer.vocabSize).toBe(6);
    expect(tokenizer.idToToken(6)).toBeUndefined();
    expect(tokenizer.maskTokenId).toBeUndefined();
  });

  it("accepts UTF-8 with a byte order mark, and rejects invalid UTF-8", async () => {
    const bytes = new TextEncoder().encode("\ufeff[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
    expect((await BertTokenizer.fromVocab(bytes)).padTokenId).toBe(0);
    await expect(BertTokenizer.fromVocab(bytes.with(8, 0xff))).rejects.toMatchObject({
      code: "vocabulary/invalid-utf8",
    });
  });

  it("uses the last of duplicate lines, and warns", async () => {
    const tokenizer = await tinyTokenizer(["a", "##b", "a", "##b", "", ""]);
    expect(tokenizer.tokenToId("a")).toBe(7);
    expect(tokenizer.encode("ab", { addSpecialTokens: false }).ids).toEqual([7, 8]);
    expect(tokenizer.warnings).toEqual([
      'vocabulary: lines 6 and 8 are both "a". The last one is used.',
      'vocabulary: lines 7 and 9 are both "##b". The last one is used.',
    ]);
    expect((await tokenizerFor("zh")).warnings).toEqual([]);
  });

  it("pads with the id 0 and warns if the vocabulary lacks [PAD]", async () => {
    const tokenizer = await BertTokenizer.fromVocab("a\n[UNK]\n[CLS]\n[SEP]\nb");
    expect(tokenizer.warnings).toEqual(["vocabulary: [PAD] is missing. Rows are padded with the id 0."]);
    expect([tokenizer.padTokenId, tokenizer.maskTokenId]).toEqual([0, undefined]);
    expect(tokenizer.encodeBatch(["a b", "b"]).ids).toEqual(Int32Array.of(2, 0, 4, 3, 2, 4, 3, 0));
  });

  it.each(["[UNK]", "[CLS]", "[SEP]"])("rejects a vocabulary without %s", async (token) => {
    const lines = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].filter((line) => line !== token);
    const error = expect.objectContaining({
      code: "vocabulary/missing-token",
      message: expect.stringContaining(token),
    });
    await expect(BertTokenizer.fromVocab(lines.join("\n"))).rejects.toEqual(error);
    await expect(BertTokenizer.fromVocab("")).rejects.toEqual(error);
  });

  it("rejects invalid options", async () => {
    await expect(tinyTokenizer([], { maxInputCharsPerWord: 0 })).rejects.toMatchObject({
      code: "options/max-input-chars",
    });
    const unknown = { specialTokens: "some" } as unknown as TokenizerOptions;
    await expect(tinyTokenizer([], unknown)).rejects.toMatchObject({ code: "options/special-tokens" });
  });
});

describe("encode() of a short text", () => {
  it("reads options from getters of a class and from objects without a prototype", async () => {
    class Options {
      get maxLength() {
        return 3;
      }
      get add_special_tokens() {
        return false;
      }
    }
    const tokenizer = await tinyTokenizer([..."abcdef"]);
    expect(tokenizer.encode("a b c d", new Options()).tokens).toEqual(["a", "b", "c"]);
    const bare = Object.assign(Object.create(null), { maxLength: 3 });
    expect(tokenizer.encode("a b c d", bare).tokens).toEqual(["[CLS]", "a", "[SEP]"]);
    class Both extends Options {
      max_length = 4;
    }
    expect(tokenizer.encode("a b c d e", new Both()).tokens).toHaveLength(4);
  });

  it("returns the same after the module's memory has grown", async () => {
    const tokenizer = await tinyTokenizer([..."abc"]);
    const { memory } = await load();
    const before = [tokenizer.encode("a b", { pair: "c" }), tokenizer.encodeBatch(["a", ["b", "c"]])];
    const { byteLength } = memory.buffer;
    for (let size = 1 << 20; memory.buffer.byteLength === byteLength; size *= 2)
      tokenizer.encodeBatch(["a ".repeat(size)]);
    expect([tokenizer.encode("a b", { pair: "c" }), tokenizer.encodeBatch(["a", ["b", "c"]])]).toEqual(before);
  });

  it("returns an added token in place of the token with its id in the vocabulary", async () => {
    const flags = { singleWord: false, lstrip: false, rstrip: false, normalized: false, special: false };
    const vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb";
    const added = await BertTokenizer.fromVocab(vocabulary, {}, [{ id: 4, content: "<x>", ...flags }]);
    const plain = await BertTokenizer.fromVocab(vocabulary);
    expect(plain.encode("a b").tokens).toEqual(["[CLS]", "a", "b", "[SEP]"]);
    expect(added.encode("<x> b").tokens).toEqual(["[CLS]", "<x>", "b", "[SEP]"]);
    expect(plain.encode("a b").tokens).toEqual(["[CLS]", "a", "b", "[SEP]"]);
  });

  it("numbers words from the start of the text if the start is truncated", async () => {
    const tokenizer = await tinyTokenizer(["a", "##b", "c"]);
    const { tokens, wordIds } = tokenizer.encode("ab c ab", { maxLength: 4, truncationSide: "left" });
    expect([tokens, wordIds]).toEqual([
      ["[CLS]", "a", "##b", "[SEP]"],
      [null, 2, 2, null],
    ]);
  });
});
