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

const sequence = (...normalizers: object[]) => ({ type: "Sequence", normalizers });
const REPLACE_SPACES = { type: "Replace", pattern: { Regex: "\\s+" }, content: " " };

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
      { id: 7, content: "<e>" },
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
      { id: 7, content: "<E>", lstrip: true, rstrip: true, normalized: false },
      { id: 8, content: "ab", single_word: true },
    ];
    const tokenizer = await BertTokenizer.fromTokenizerJson(small({ added_tokens }));
    expect(tokenizer.encode("a <E>  b", { addSpecialTokens: false })).toMatchObject({
      ids: [4, 7, 9],
      offsets: [
        [0, 1],
        [1, 7],
        [7, 8],
      ],
    });
    expect(tokenizer.tokenize("ÀB <e> abc")).toEqual(["ab", "[UNK]", "[UNK]", "[UNK]", "[UNK]"]);
    const lines = tokenizer.encodeLines(new TextEncoder().encode("a\na<E>b\n"), { addSpecialTokens: false });
    expect([...lines.ids]).toEqual([4, 4, 7, 9]);
  });

  it("does not split a special token that starts with a letter", async () => {
    const added_tokens = [{ id: 7, content: "ab" }];
    const tokenizer = await BertTokenizer.fromTokenizerJson(small({ added_tokens }), { lowercase: false });
    expect(tokenizer.encode("a ab b", { addSpecialTokens: false }).ids).toEqual([4, 7, 9]);
  });

  const withModel = (changes: object) => small({ model: { ...(small().model as object), ...changes } });
  const template = (single: unknown[], pair: unknown[]) => ({
    type: "TemplateProcessing",
    single,
    pair,
    special_tokens: { "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] } },
  });
  const [A, B, CLS] = [
    { Sequence: { id: "A", type_id: 0 } },
    { Sequence: { id: "B", type_id: 0 } },
    { SpecialToken: { id: "[CLS]", type_id: 0 } },
  ];

  it("reads a file of an old version, which does not name the type of its model", async () => {
    const { type: _, ...model } = small().model as Record<string, unknown>;
    const old = { ...model, unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 100 };
    expect((await BertTokenizer.fromTokenizerJson(small({ model: old }))).tokenize("a b")).toEqual(["a", "b"]);
    const wordLevel = { unk_token: "[UNK]", vocab: model.vocab };
    const error = { code: "tokenizer/unsupported", message: expect.stringContaining("continuing_subword_prefix") };
    await expect(BertTokenizer.fromTokenizerJson(small({ model: wordLevel }))).rejects.toMatchObject(error);
  });

  it("drops a byte order mark", async () => {
    const json = `\ufeff${JSON.stringify(small())}`;
    expect((await BertTokenizer.fromTokenizerJson(json)).tokenize("a")).toEqual(["a"]);
    expect((await BertTokenizer.fromVocab("\ufeff[PAD]\n[UNK]\n[CLS]\n[SEP]")).padTokenId).toBe(0);
  });

  it("adds the special tokens of the post-processor, and none without one", async () => {
    const rows = async (post_processor: unknown) => {
      const tokenizer = await BertTokenizer.fromTokenizerJson(small({ post_processor }));
      const [single, pair] = [tokenizer.encode("a"), tokenizer.encode("a", { pair: "b" })];
      return [single.tokens.join(" "), pair.tokens.join(" "), pair.typeIds.join("")];
    };
    expect(await rows(null)).toEqual(["a", "a b", "01"]);
    const ends = { sep: ["[SEP]", 3], cls: ["[CLS]", 2] };
    const bert = ["[CLS] a [SEP]", "[CLS] a [SEP] b [SEP]", "00011"];
    expect(await rows({ type: "BertProcessing", ...ends })).toEqual(bert);
    expect(await rows({ type: "Sequence", processors: [{ type: "BertProcessing", ...ends }] })).toEqual(bert);
    const roberta = { type: "RobertaProcessing", ...ends, trim_offsets: true, add_prefix_space: false };
    expect(await rows(roberta)).toEqual(["[CLS] a [SEP]", "[CLS] a [SEP] [SEP] b [SEP]", "000000"]);
    expect(await rows(template([A, CLS], [B, CLS, A]))).toEqual(["a [CLS]", "b [CLS] a", "000"]);
  });

  it("finds the tokens with a special meaning in the components that use them", async () => {
    const vocab = { "<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, a: 4, "<mask>": 5 };
    const added_tokens = ["<s>", "<pad>", "</s>", "<unk>"].map((content, id) => ({ id, content, special: true }));
    const tokenizer = await BertTokenizer.fromTokenizerJson(
      small({
        added_tokens,
        model: { type: "WordPiece", unk_token: "<unk>", vocab },
        post_processor: { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0] },
        padding: { strategy: { Fixed: 8 }, direction: "Right", pad_id: 1, pad_type_id: 0, pad_token: "<pad>" },
      }),
    );
    expect(tokenizer).toMatchObject({ clsTokenId: 0, sepTokenId: 2, unkTokenId: 3, padTokenId: 1, maskTokenId: 5 });
    expect(tokenizer.warnings).toEqual([]);
    const { ids } = tokenizer.encode("a b</s>", { addSpecialTokens: false, padding: false });
    expect(ids).toEqual([4, 3, 2]);
    expect(tokenizer.decode([0, 4, 3, 2], { skipSpecialTokens: true })).toBe("a");
  });

  it("lists truncation and padding as defaults", async () => {
    const truncation = { direction: "Left", max_length: 8, strategy: "OnlyFirst", stride: 2 };
    const padding = { strategy: "BatchLongest", pad_to_multiple_of: 4, pad_id: 0, pad_type_id: 1, pad_token: "[PAD]" };
    const { defaults, warnings } = await BertTokenizer.fromTokenizerJson(small({ truncation, padding }));
    expect(defaults).toEqual({
      maxLength: 8,
      truncation: "onlyFirst",
      truncationSide: "left",
      stride: 2,
      padding: "longest",
      paddingSide: "right",
      padToMultipleOf: 4,
      padTokenId: 0,
      padTypeId: 1,
    });
    expect(warnings).toEqual([]);
    const odd = await BertTokenizer.fromTokenizerJson(small({ padding: { ...padding, pad_id: 1 } }));
    expect([odd.padTokenId, odd.warnings]).toEqual([1, [expect.stringContaining("padding.pad_id")]]);
  });

  it("numbers words whose tokens have no prefix", async () => {
    const tokenizer = await BertTokenizer.fromTokenizerJson(withModel({ continuing_subword_prefix: "" }));
    expect(tokenizer.encode("aba, ba!", { addSpecialTokens: false })).toMatchObject({
      tokens: ["a", "b", "a", "[UNK]", "b", "a", "[UNK]"],
      wordIds: [0, 0, 0, 1, 2, 2, 3],
    });
  });

  it("splits texts as the pre-tokenizers Whitespace and WhitespaceSplit do", async () => {
    const vocab = { "[UNK]": 0, a: 1, "+": 2, "##+": 3, "##a": 4, _: 5, "##_": 6 };
    const tokens = async (pre_tokenizer: object) => {
      const json = small({ pre_tokenizer, model: { type: "WordPiece", vocab } });
      return (await BertTokenizer.fromTokenizerJson(json)).encode("a++a_ +").tokens.join(" ");
    };
    expect(await tokens({ type: "BertPreTokenizer" })).toBe("a + + a _ +");
    expect(await tokens({ type: "Whitespace" })).toBe("a + ##+ a ##_ +");
    expect(await tokens({ type: "WhitespaceSplit" })).toBe("a ##+ ##+ ##a ##_ +");
    const both = [{ type: "WhitespaceSplit" }, { type: "Punctuation", behavior: "Isolated" }];
    expect(await tokens({ type: "Sequence", pretokenizers: both })).toBe("a + + a _ +");
  });

  it.each<[string, unknown, unknown]>([
    ["one BertNormalizer", [small().normalizer], { cleanText: true, stripAccents: true, lowercase: true }],
    [
      "NFC and others before BertNormalizer",
      [{ type: "NFC" }, { type: "Strip" }, small().normalizer, { type: "Lowercase" }],
      { cleanText: true, stripAccents: true, lowercase: true },
    ],
    [
      "NFD, Lowercase and StripAccents",
      [{ type: "NFD" }, { type: "Sequence", normalizers: [{ type: "Lowercase" }] }, { type: "StripAccents" }],
      { cleanText: false, stripAccents: true, lowercase: true, handleChineseChars: false },
    ],
    [
      "replaced spaces",
      [small().normalizer, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }],
      { cleanText: true },
    ],
    ["none", [], { cleanText: false, stripAccents: false, lowercase: false, handleChineseChars: false }],
  ])("reads a sequence of normalizers that equals BertNormalizer: %s", async (_, normalizers, options) => {
    const { options: actual } = await BertTokenizer.fromTokenizerJson(
      small({ normalizer: { type: "Sequence", normalizers } }),
    );
    expect(actual).toMatchObject(options as object);
  });

  it.each<[string, TokenizerJson | string]>([
    ["model.type", small({ model: { type: "BPE", vocab: {} } })],
    ["normalizer.type", small({ normalizer: { type: "NFKC" } })],
    ["normalizer.normalizers[1]", small({ normalizer: sequence({ type: "Lowercase" }, { type: "Nmt" }) })],
    ["NFC", small({ normalizer: sequence({ type: "NFC" }, { type: "Lowercase" }) })],
    ["NFD", small({ normalizer: sequence({ type: "NFD" }, { type: "NFC" }, { type: "StripAccents" }) })],
    ["not decomposed", small({ normalizer: { type: "StripAccents" } })],
    ["replaces", small({ normalizer: { type: "Replace", pattern: { Regex: "constructor" }, content: "" } })],
    ["replaces", small({ normalizer: { type: "Replace", pattern: { String: "a" }, content: "b" } })],
    ["opposite order", small({ normalizer: sequence(REPLACE_SPACES, small().normalizer as object) })],
    ["changes whitespace", small({ normalizer: REPLACE_SPACES, added_tokens: [{ id: 7, content: "a b" }] })],
    ["pre_tokenizer.type", small({ pre_tokenizer: { type: "Metaspace" } })],
    ['"pre_tokenizer" does not split', small({ pre_tokenizer: null })],
    ["behavior", small({ pre_tokenizer: { type: "Punctuation", behavior: "Removed" } })],
    ["Split", small({ pre_tokenizer: { type: "Split", pattern: { Regex: "Split" }, behavior: "Removed" } })],
    ["continuing_subword_prefix", withModel({ continuing_subword_prefix: "a b" })],
    ["post_processor.type", small({ post_processor: { type: "ByteLevel" } })],
    ["post_processor.single", small({ post_processor: template([], [A, B]) })],
    ["post_processor.pair", small({ post_processor: template([A], [A, B, A]) })],
    ["sequence of 2", small({ post_processor: { type: "Sequence", processors: [{}, {}] } })],
    [
      '"[SEP]" with the id 2',
      small({ post_processor: { type: "BertProcessing", cls: ["[CLS]", 2], sep: ["[SEP]", 2] } }),
    ],
    ["may remove", small({ added_tokens: [{ id: 7, content: "\u0301" }] })],
    [
      "trim_offsets",
      small({
        added_tokens: [{ id: 7, content: "new", lstrip: true }],
        post_processor: { type: "RobertaProcessing", cls: ["[CLS]", 2], sep: ["[SEP]", 3] },
      }),
    ],
    ["pad_id", small({ padding: { strategy: "BatchLongest", pad_id: 77, pad_type_id: 0, pad_token: "[PAD]" } })],
    ["decoder.type", small({ decoder: { type: "Metaspace" } })],
    ["give it the id 7", small({ added_tokens: [{ id: 8, content: "z" }] })],
  ])("names the component that is not supported: %s", async (named, json) => {
    const error = { code: "tokenizer/unsupported", message: expect.stringContaining(named) };
    await expect(BertTokenizer.fromTokenizerJson(json)).rejects.toMatchObject(error);
  });

  it.each<[string, TokenizerJson | string]>([
    ["not valid JSON", "{"],
    ["not a JSON object", "[]"],
    ["same id", withModel({ vocab: { "[UNK]": 0, a: 4, b: 4 } })],
    ["id", withModel({ vocab: { "[UNK]": 0, a: -1 } })],
    ["clean_text", small({}, { clean_text: 1 })],
    ["added_tokens[0]", small({ added_tokens: [{ content: "z" }] })],
    ["added_tokens[0].lstrip", small({ added_tokens: [{ id: 4, content: "a", lstrip: 1 }] })],
    ["normalizer.normalizers", small({ normalizer: { type: "Sequence" } })],
    ["post_processor.cls", small({ post_processor: { type: "BertProcessing", sep: ["[SEP]", 3] } })],
    ["special_tokens", small({ post_processor: { ...template([CLS, A], [A, B]), special_tokens: {} } })],
    ["truncation.strategy", small({ truncation: { max_length: 8, strategy: "Middle" } })],
    ["truncation.strategy", small({ truncation: { max_length: 8, strategy: "constructor" } })],
    ["padding.strategy", small({ padding: { strategy: "Fixed", pad_id: 0, pad_token: "[PAD]" } })],
    ["truncation.direction", small({ truncation: { max_length: 8, direction: "Up" } })],
  ])("rejects an invalid file: %s", async (named, json) => {
    const error = { code: "tokenizer/invalid-json", message: expect.stringContaining(named) };
    await expect(BertTokenizer.fromTokenizerJson(json)).rejects.toMatchObject(error);
  });

  it("rejects sequences that contain themselves", async () => {
    const normalizers: object[] = [];
    normalizers.push({ type: "Sequence", normalizers });
    const cyclic = small({ normalizer: { type: "Sequence", normalizers } });
    await expect(BertTokenizer.fromTokenizerJson(cyclic)).rejects.toMatchObject({ code: "tokenizer/too-large" });
  });

  it("rejects an unknown token that the vocabulary lacks", async () => {
    const error = { code: "vocabulary/missing-token", message: expect.stringContaining("<unk>") };
    await expect(BertTokenizer.fromTokenizerJson(withModel({ unk_token: "<unk>" }))).rejects.toMatchObject(error);
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
    expect(tokenizer.tokenize("a<e>a<s>A <S>")).toEqual(["a", "<e>", "a", "<s>", "a", "[UNK]", "[UNK]", "[UNK]"]);
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

  it.each<[string, TokenizerJson]>([
    [
      "StripAccents",
      small({ normalizer: sequence({ type: "NFD" }, { type: "StripAccents" }, small().normalizer as object) }),
    ],
    ["pre_tokenizer", small({ pre_tokenizer: { type: "Whitespace" } })],
    ["continuing_subword_prefix", small({ model: { ...(small().model as object), continuing_subword_prefix: "@@" } })],
    ["[SEP]:0 [SEP]:0", small({ post_processor: { type: "RobertaProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] } })],
    ["max_input_chars_per_word", small({ model: { ...(small().model as object), max_input_chars_per_word: 50 } })],
  ])("rejects a tokenizer.json that a model directory cannot record: %s", async (named, json) => {
    const directory = await makeDirectory({ "tokenizer.json": JSON.stringify(json) });
    const error = { code: "tokenizer/unsupported", message: expect.stringContaining(named) };
    await expect(BertTokenizer.fromPretrained(directory)).rejects.toMatchObject(error);
    const hint = { message: expect.stringContaining("fromTokenizerJson") };
    await expect(BertTokenizer.fromPretrained(directory)).rejects.toMatchObject(hint);
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
