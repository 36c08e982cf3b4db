import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { BertTokenizer, type TokenizerJson } from "./index.ts";
import { fixture, type Language, tokenizerFor } from "./testing/fixtures.ts";

const jsonOf = (language: Language) => new TextDecoder().decode(fixture(`tokenizer-${language}.json`));
const text = "Ünaffable 中文 [SEP] a[SEP]b ΑΣ 한국어 don't!";

const small = (changes: TokenizerJson = {}, normalizer: object = {}): TokenizerJson => ({
  added_tokens: [],
  normalizer: { type: "BertNormalizer", lowercase: true, strip_accents: null, clean_text: true, ...normalizer },
  pre_tokenizer: { type: "BertPreTokenizer" },
  model: { type: "WordPiece", vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, a: 4, A: 5, b: 9 } },
  ...changes,
});

describe("fromTokenizerJson()", () => {
  it.each(["zh", "en"] as const)("creates the same tokenizer as fromVocab(): %s", async (language) => {
    const [json, vocab] = [await BertTokenizer.fromTokenizerJson(jsonOf(language)), await tokenizerFor(language)];
    expect(json.vocabSize).toBe(vocab.vocabSize);
    expect(json.options).toEqual(vocab.options);
    expect(json.encode(text)).toEqual(vocab.encode(text));
  });

  it("reads the normalizer's options, which given options override", async () => {
    const cased = await BertTokenizer.fromTokenizerJson(small({}, { lowercase: false, handle_chinese_chars: false }));
    expect(cased.options).toMatchObject({ lowercase: false, stripAccents: false, handleChineseChars: false });
    expect(cased.tokenize("A")).toEqual(["A"]);
    const lowered = await BertTokenizer.fromTokenizerJson(small({}, { lowercase: false }), { lowercase: true });
    expect(lowered.tokenize("A")).toEqual(["a"]);
    const model = { ...(small().model as object), max_input_chars_per_word: 3 };
    expect((await BertTokenizer.fromTokenizerJson(small({ model }))).tokenize("aaaa")).toEqual(["[UNK]"]);
  });

  it("leaves unused ids empty, and adds added tokens to the vocabulary", async () => {
    const added_tokens = [
      { id: 6, content: "<e>" },
      { id: 3, content: "[SEP]" },
    ];
    const tokenizer = await BertTokenizer.fromTokenizerJson(small({ added_tokens }));
    expect([tokenizer.vocabSize, tokenizer.idToToken(8), tokenizer.tokenToId("b")]).toEqual([10, "", 9]);
    expect(tokenizer.tokenize("a <e> a")).toEqual(["a", "<e>", "a"]);
    const everywhere = await BertTokenizer.fromTokenizerJson(small({ added_tokens }), { specialTokens: "everywhere" });
    expect(everywhere.tokenize("a<e>b")).toEqual(["a", "<e>", "b"]);
  });

  it("finds added tokens before words, and extends them over whitespace or ignores them within words as they ask", async () => {
    const added_tokens = [
      { id: 6, content: "<E>", lstrip: true, rstrip: true, normalized: false },
      { id: 7, content: "ab", single_word: true },
    ];
    const tokenizer = await BertTokenizer.fromTokenizerJson(small({ added_tokens }));
    expect(tokenizer.encode("a <E>  b", { addSpecialTokens: false })).toMatchObject({
      ids: [4, 6, 9],
      offsets: [
        [0, 1],
        [1, 7],
        [7, 8],
      ],
    });
    expect(tokenizer.tokenize("ÀB <e> abc")).toEqual(["ab", "[UNK]", "[UNK]", "[UNK]", "[UNK]"]);
    const lines = tokenizer.encodeLines(new TextEncoder().encode("a\na<E>b\n"), { addSpecialTokens: false });
    expect([...lines.ids]).toEqual([4, 4, 6, 9]);
  });

  it("does not split a special token that starts with a letter", async () => {
    const added_tokens = [{ id: 6, content: "ab" }];
    const tokenizer = await BertTokenizer.fromTokenizerJson(small({ added_tokens }), { lowercase: false });
    expect(tokenizer.encode("a ab b", { addSpecialTokens: false }).ids).toEqual([4, 6, 9]);
  });

  it.each<[string, TokenizerJson | string]>([
    ["model.type", small({ model: { type: "BPE", vocab: {} } })],
    ["normalizer.type", small({ normalizer: { type: "NFKC" } })],
    ['"normalizer" is null', small({ normalizer: null })],
    ["pre_tokenizer.type", small({ pre_tokenizer: { type: "Metaspace" } })],
    ["continuing_subword_prefix", small({ model: { ...(small().model as object), continuing_subword_prefix: "@@" } })],
    ["unk_token", small({ model: { ...(small().model as object), unk_token: "<unk>" } })],
    ["post_processor.type", small({ post_processor: { type: "RobertaProcessing" } })],
    ["post_processor.single", small({ post_processor: { type: "TemplateProcessing", single: [], pair: [] } })],
  ])("names the field that is not supported: %s", async (named, json) => {
    const error = { code: "tokenizer/unsupported", message: expect.stringContaining(named) };
    await expect(BertTokenizer.fromTokenizerJson(json)).rejects.toMatchObject(error);
  });

  it.each<[string, TokenizerJson | string]>([
    ["not valid JSON", "{"],
    ["not a JSON object", "[]"],
    ["same id", small({ added_tokens: [{ id: 4, content: "z" }] })],
    ["id", small({ model: { type: "WordPiece", vocab: { a: -1 } } })],
    ["clean_text", small({}, { clean_text: 1 })],
    ["added_tokens[0]", small({ added_tokens: [{ content: "z" }] })],
    ["added_tokens[0].lstrip", small({ added_tokens: [{ id: 4, content: "a", lstrip: 1 }] })],
  ])("rejects an invalid file: %s", async (named, json) => {
    const error = { code: "tokenizer/invalid-json", message: expect.stringContaining(named) };
    await expect(BertTokenizer.fromTokenizerJson(json)).rejects.toMatchObject(error);
  });
});

describe("fromPretrained()", () => {
  async function makeDirectory(files: Record<string, string | Uint8Array>): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "bertie-tokenizer-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    return directory;
  }

  it("reads tokenizer.json or, if there is none, vocab.txt and tokenizer_config.json", async () => {
    const vocab = fixture("vocab-en.txt");
    const expected = (await tokenizerFor("en")).encode(text);
    const withJson = await BertTokenizer.fromPretrained(
      await makeDirectory({ "tokenizer.json": jsonOf("en"), "vocab.txt": "" }),
    );
    expect(withJson.encode(text)).toEqual(expected);
    expect((await BertTokenizer.fromPretrained(await makeDirectory({ "vocab.txt": vocab }))).encode(text)).toEqual(
      expected,
    );
    const config = JSON.stringify({ do_lower_case: false, strip_accents: null, tokenize_chinese_chars: false });
    const directory = await makeDirectory({ "vocab.txt": vocab, "tokenizer_config.json": config });
    const cased = await BertTokenizer.fromPretrained(directory);
    expect(cased.options).toMatchObject({ lowercase: false, stripAccents: false, handleChineseChars: false });
    expect((await BertTokenizer.fromPretrained(directory, { lowercase: true })).lowercase).toBe(true);
  });

  const vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nA\n";

  it("warns if no file specifies the case, and follows the command line for bert_config.json", async () => {
    const alone = await BertTokenizer.fromPretrained(await makeDirectory({ "vocab.txt": vocab }));
    expect([alone.lowercase, alone.warnings.length]).toEqual([true, 1]);
    const google = await makeDirectory({ "vocab.txt": vocab, "bert_config.json": "{}" });
    const cased = await BertTokenizer.fromPretrained(google);
    expect([cased.tokenize("A"), cased.warnings]).toEqual([["A"], [expect.stringContaining("not lowercased")]]);
    expect((await BertTokenizer.fromPretrained(google, { lowercase: true })).warnings).toEqual([]);
  });

  it("recognizes the tokens of added_tokens.json and special_tokens_map.json", async () => {
    const directory = await makeDirectory({
      "vocab.txt": vocab,
      "added_tokens.json": '{"<E>": 6, "<s>": 7}',
      "special_tokens_map.json": '{"additional_special_tokens": ["<s>"]}',
    });
    const tokenizer = await BertTokenizer.fromPretrained(directory);
    expect(tokenizer.tokenize("a<e>a<s>A <S>")).toEqual(["a", "<E>", "a", "<s>", "a", "[UNK]", "[UNK]", "[UNK]"]);
    expect(tokenizer.vocabSize).toBe(8);
  });

  it.each([
    ["tokenizer_config.json", { tokenizer_class: "BertJapaneseTokenizer" }, "tokenizer_class"],
    ["tokenizer_config.json", { never_split: ["a"] }, "never_split"],
    ["tokenizer_config.json", { do_basic_tokenize: false }, "do_basic_tokenize"],
    ["tokenizer_config.json", { sep_token: "</s>" }, "sep_token"],
    ["special_tokens_map.json", { cls_token: { content: "<s>" } }, "cls_token"],
    ["config.json", { tokenizer_class: "T5Tokenizer" }, "tokenizer_class"],
  ])("rejects settings of %s that it cannot honour: %j", async (file, settings, name) => {
    const directory = await makeDirectory({ "vocab.txt": vocab, [file]: JSON.stringify(settings) });
    const error = { code: "tokenizer/unsupported", message: expect.stringContaining(`"${name}"`) };
    await expect(BertTokenizer.fromPretrained(directory)).rejects.toMatchObject(error);
  });

  it("rejects missing and invalid files", async () => {
    await expect(BertTokenizer.fromPretrained(await makeDirectory({}))).rejects.toMatchObject({
      code: "tokenizer/no-files",
    });
    for (const config of ["{", "3", '{"do_lower_case": "yes"}']) {
      const directory = await makeDirectory({ "vocab.txt": "", "tokenizer_config.json": config });
      await expect(BertTokenizer.fromPretrained(directory)).rejects.toMatchObject({ code: "tokenizer/invalid-config" });
    }
  });
});
