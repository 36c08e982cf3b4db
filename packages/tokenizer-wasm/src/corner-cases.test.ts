import { describe, expect, it } from "vitest";
import { BertTokenizer, type TokenizerOptions } from "./index.ts";
import { tinyTokenizer, tokenizerFor } from "./testing/fixtures.ts";

async function tokens(text: string, options: TokenizerOptions = {}): Promise<string[]> {
  return (await tokenizerFor("en", options)).tokenize(text);
}

describe("tokenize()", () => {
  it("deletes control characters, so that their neighbors join, and keeps tab, line feed and return as blanks", async () => {
    expect(await tokens("a\u0000b c\u000bd e\u0085f g\u001ch")).toEqual(["ab", "cd", "e", "##f", "g", "##h"]);
    expect(await tokens("a\tb\nc\rd\u00a0e\u3000f")).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(await tokens("to\ufffdday to\u00adday to\u200bday")).toEqual(["today", "today", "today"]);
  });

  it("splits at line and paragraph separators", async () => {
    expect(await tokens("a\u2028b\u2029c")).toEqual(["a", "b", "c"]);
  });

  it("cleanText: false keeps control characters and U+FFFD in words", async () => {
    const tokenizer = await tinyTokenizer(["a", "##b", "ab", "a\u00adb", "a\ufffdb"], { cleanText: false });
    expect(tokenizer.tokenize("a\u00adb a\ufffdb ab")).toEqual(["a\u00adb", "a\ufffdb", "ab"]);
  });

  it("lets ideographs stand alone, astral ones and compatibility ones too, unless told otherwise", async () => {
    const vocabulary = ["中", "文", "\u{20000}", "\u{2cea1}", "\u{2ceb0}", "##\u{2ceb0}", "豈", "中文"];
    const tokenizer = await tinyTokenizer(vocabulary);
    expect(tokenizer.tokenize("中文\u{20000}\u{2cea1}豈")).toEqual(["中", "文", "\u{20000}", "\u{2cea1}", "豈"]);
    // U+2CEB0 lies in no classic block.
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
  ])("classic rule: %j is %j", async (text, expected) => {
    const tokenizer = await tinyTokenizer(["中", "文", "a", "b", "[", "]", ".", "sep"]);
    expect(tokenizer.tokenize(text)).toEqual(expected);
  });

  it('specialTokens: "none" takes no special token from the text, "everywhere" takes them all', async () => {
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

  it("lower-cases capital sigma by its place in the word, case-ignorable characters not counted", async () => {
    const tokenizer = await tinyTokenizer(["σας", "ας", "ασ", "σ", "α", "'", "ς", "##σ", "##ς", "ασα"]);
    expect(tokenizer.tokenize("ΣΑΣ ΑΣ Σ ΑΣ' ΑΣ'Α ΑΣΑ")).toEqual([
      ...["σας", "ας", "σ"],
      ...["ας", "'"],
      ...["ασ", "'", "α"],
      "ασα",
    ]);
    expect(tokenizer.tokenize("ΑΣ\u0301 ΑΣ\u00ad. Α中Σ")).toEqual(["ας", "ας", "[UNK]", "α", "[UNK]", "σ"]);
  });

  it("drops accents, dots and all; only with lower case unless told otherwise", async () => {
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

  it("finds punctuation after decomposition", async () => {
    const tokenizer = await tinyTokenizer(["a", "b", "=", ";", "`", "$", "€"]);
    expect(tokenizer.tokenize("a≠b a\u037eb a\u1fefb a$b")).toEqual(
      ["=", ";", "`", "$"].flatMap((sign) => ["a", sign, "b"]),
    );
    expect(tokenizer.tokenize("a€b")).toEqual(["[UNK]"]);
  });

  it("puts spacing marks into canonical order", async () => {
    // U+302E (class 224) comes before U+1D16D (226) and behind U+16FF0 (6), whichever way they were typed.
    const tokenizer = await tinyTokenizer(["a\u{16ff0}\u302e\u{1d16d}"]);
    for (const typed of ["a\u302e\u{16ff0}\u{1d16d}", "a\u{1d16d}\u0301\u302e\u{16ff0}", "a\u{16ff0}\u{1d16d}\u302e"]) {
      const { tokens: found, offsets } = tokenizer.encode(typed, { addSpecialTokens: false });
      expect(found).toEqual(["a\u{16ff0}\u302e\u{1d16d}"]);
      expect(offsets).toEqual([[0, typed.length]]);
    }
  });

  it("makes a word of more than 100 characters unknown, counted after decomposition; the limit can be set", async () => {
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

  it("takes the longest match, and makes the whole word unknown if any part has none", async () => {
    const tokenizer = await tinyTokenizer(["un", "una", "##able", "##ble", "##a", "x"]);
    expect(tokenizer.tokenize("unable unaab unax")).toEqual(["una", "##ble", "[UNK]", "[UNK]"]);
  });
});

describe("BertTokenizer.fromVocab()", () => {
  it("splits on line feeds only, strips as Python does, accepts CRLF, and keeps empty lines' ids", async () => {
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

  it("reads UTF-8 with a byte order mark, and refuses what is no UTF-8", async () => {
    const bytes = new TextEncoder().encode("\ufeff[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
    expect((await BertTokenizer.fromVocab(bytes)).padTokenId).toBe(0);
    await expect(BertTokenizer.fromVocab(bytes.with(8, 0xff))).rejects.toMatchObject({
      code: "vocabulary/invalid-utf8",
    });
  });

  it("lets the last of equal lines win, with a warning", async () => {
    const tokenizer = await tinyTokenizer(["a", "##b", "a", "##b", "", ""]);
    expect(tokenizer.tokenToId("a")).toBe(7);
    expect(tokenizer.encode("ab", { addSpecialTokens: false }).ids).toEqual([7, 8]);
    expect(tokenizer.warnings).toEqual([
      'vocabulary: lines 6 and 8 both are "a"; the last counts',
      'vocabulary: lines 7 and 9 both are "##b"; the last counts',
    ]);
    expect((await tokenizerFor("zh")).warnings).toEqual([]);
  });

  it.each(["[UNK]", "[CLS]", "[SEP]", "[PAD]"])("refuses a vocabulary without %s", async (token) => {
    const lines = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].filter((line) => line !== token);
    const error = expect.objectContaining({
      code: "vocabulary/missing-token",
      message: expect.stringContaining(token),
    });
    await expect(BertTokenizer.fromVocab(lines.join("\n"))).rejects.toEqual(error);
    await expect(BertTokenizer.fromVocab("")).rejects.toEqual(error);
  });

  it("refuses options that make no sense", async () => {
    await expect(tinyTokenizer([], { maxInputCharsPerWord: 0 })).rejects.toMatchObject({
      code: "options/max-input-chars",
    });
    const unknown = { specialTokens: "some" } as unknown as TokenizerOptions;
    await expect(tinyTokenizer([], unknown)).rejects.toMatchObject({ code: "options/special-tokens" });
  });
});
