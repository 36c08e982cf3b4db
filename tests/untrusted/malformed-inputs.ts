import type { Malformed } from "./malformed-weights.ts";

const config = {
  vocab_size: 101,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
};
const configWith = (changes: object) => JSON.stringify({ ...config, ...changes });

/** Malformed contents of config.json. */
export const malformedConfigs: readonly Malformed<string>[] = [
  ["an empty file", "config/json", ""],
  ["a list", "config/json", "[]"],
  ["truncated JSON", "config/json", configWith({}).slice(0, -5)],
  ["a million nested lists", "config/json", `{"a":${"[".repeat(1e6)}`],
  ["a duplicate key", "config/duplicate-key", configWith({}).replace("{", '{"vocab_size":7,')],
  ["a duplicate label id", "config/duplicate-key", configWith({ id2label: {} }).replace("{}", '{"0":"a","0":"b"}')],
  ["no sizes", "config/missing-key", "{}"],
  ["a hidden size of a billion", "config/bad-value", configWith({ hidden_size: 1e9 })],
  ["a million layers", "config/bad-value", configWith({ num_hidden_layers: 1e6 })],
  ["a vocabulary of a billion tokens", "config/bad-value", configWith({ vocab_size: 1e9 })],
  [
    "a size that overflows to infinity",
    "config/bad-value",
    configWith({ hidden_size: 0 }).replace('"hidden_size":0', '"hidden_size":1e999'),
  ],
  ["a negative size", "config/bad-value", configWith({ intermediate_size: -64 })],
  ["a size that is a long list", "config/missing-key", configWith({ vocab_size: Array(1e5).fill(1) })],
  ["a model that is too large", "config/too-large", configWith({ hidden_size: 16384, num_hidden_layers: 1000 })],
  ["a billion labels", "config/labels", configWith({ num_labels: 1e9 })],
  ["labels that are lists", "config/labels", configWith({ id2label: { 0: [], 1: {} } })],
  ["a label with two ids", "config/labels", configWith({ id2label: { 0: "a", 1: "a" } })],
  ["label ids with gaps", "config/labels", configWith({ id2label: { 0: "a", 5: "b" } })],
  ["another model type", "config/unsupported", configWith({ model_type: "gpt2" })],
];

const tokenizer = {
  normalizer: { type: "BertNormalizer" },
  pre_tokenizer: { type: "BertPreTokenizer" },
  model: { type: "WordPiece", vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3 } as Record<string, unknown> },
};
const tokenizerWith = (changes: object) => JSON.stringify({ ...tokenizer, ...changes });
const vocabWith = (vocab: object) =>
  tokenizerWith({ model: { ...tokenizer.model, vocab: { ...tokenizer.model.vocab, ...vocab } } });

/** Malformed contents of tokenizer.json. */
export const malformedTokenizers: readonly Malformed<string>[] = [
  ["an empty file", "tokenizer/invalid-json", ""],
  ["a list", "tokenizer/invalid-json", "[]"],
  ["a million nested lists", "tokenizer/too-large", "[".repeat(1e6)],
  ["three million values", "tokenizer/too-large", `[${"0,".repeat(3e6)}0]`],
  ["more than 32 MiB of text", "tokenizer/too-large", " ".repeat((1 << 25) + 1)],
  ["a token id of 16 million", "tokenizer/invalid-json", vocabWith({ a: 16_777_215 })],
  [
    "a token id that overflows to infinity",
    "tokenizer/invalid-json",
    vocabWith({ a: 0 }).replace('"a":0', '"a":1e999'),
  ],
  ["a negative token id", "tokenizer/invalid-json", vocabWith({ a: -1 })],
  ["two tokens with one id", "tokenizer/invalid-json", vocabWith({ a: 1 })],
  ["a token with a line break", "tokenizer/unsupported", vocabWith({ "a\nb": 4 })],
  ["another type of model", "tokenizer/unsupported", tokenizerWith({ model: { type: "BPE", vocab: {} } })],
  ["a normalizer type that is a list", "tokenizer/unsupported", tokenizerWith({ normalizer: { type: [[[["x"]]]] } })],
  ["a missing pre-tokenizer", "tokenizer/unsupported", tokenizerWith({ pre_tokenizer: null })],
  [
    "20,000 added tokens",
    "tokenizer/too-large",
    tokenizerWith({ added_tokens: Array(20_000).fill({ id: 0, content: "a" }) }),
  ],
  ["an added token without content", "tokenizer/invalid-json", tokenizerWith({ added_tokens: [{ id: 4 }] })],
  [
    "a template of 100,000 pieces",
    "tokenizer/unsupported",
    tokenizerWith({ post_processor: { type: "TemplateProcessing", single: Array(1e5).fill({}) } }),
  ],
  [
    "a word limit that is a list",
    "tokenizer/invalid-json",
    tokenizerWith({ model: { ...tokenizer.model, max_input_chars_per_word: [9] } }),
  ],
  [
    "a word limit of 0",
    "options/max-input-chars",
    tokenizerWith({ model: { ...tokenizer.model, max_input_chars_per_word: 0 } }),
  ],
];

const bytes = (text: string) => new TextEncoder().encode(text);
const start = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";

/** Malformed contents of vocab.txt. */
export const malformedVocabularies: readonly Malformed<Uint8Array>[] = [
  ["an empty file", "vocabulary/missing-token", new Uint8Array(0)],
  ["invalid UTF-8", "vocabulary/invalid-utf8", Uint8Array.of(0x5b, 0xff, 0x0a)],
  ["a million empty lines", "vocabulary/too-large", bytes(start + "\n".repeat(1 << 20))],
  [
    "tokens with a common prefix",
    "vocabulary/too-large",
    bytes(start + Array.from({ length: 5000 }, (_, i) => `${"x".repeat(15)}${i + 1e6}`).join("\n")),
  ],
  ["one long line", "vocabulary/missing-token", bytes("x".repeat(1e7))],
];

/** Malformed contents of train.tsv of task news. */
export const malformedTables: readonly Malformed<Uint8Array>[] = [
  ["an empty file", "input/no-rows", new Uint8Array(0)],
  ["blank lines", "input/no-rows", bytes("\ufeff\r\n \n\t\n")],
  ["UTF-16", "input/invalid-utf8", new Uint8Array(Uint16Array.of(0xfeff, 0x61, 0x09, 0x62).buffer)],
  [
    "UTF-16 without a byte order mark",
    "input/nul-character",
    new Uint8Array(Uint16Array.of(0x61, 0x09, 0x62, 0x0a).buffer),
  ],
  ["Latin-1", "input/invalid-utf8", Uint8Array.of(0x61, 0x09, 0xe9, 0x0a)],
  ["a truncated character", "input/invalid-utf8", Uint8Array.of(0x61, 0x09, 0xe4, 0xb8)],
  ["a surrogate in UTF-8", "input/invalid-utf8", Uint8Array.of(0x61, 0x09, 0xed, 0xa0, 0x80)],
  ["a line of more than 64 MiB", "input/line-too-long", new Uint8Array((1 << 26) + 1)],
  ["Parquet", "input/parquet", bytes("PAR1\x15\x04PAR1")],
  ["NUL characters", "input/nul-character", bytes("a\tb\0c\n")],
  ["a row without a tab", "input/short-row", bytes("a\tb\nc\n")],
  ["CR line ends", "input/short-row", bytes("a b\rc d\r")],
  ["commas instead of tabs", "input/short-row", bytes('"a","b"\n')],
  ["a row without a label", "input/empty-label", bytes("a\tb\n\tc\n")],
];

const row = { input_ids: [2, 3], input_mask: [1, 1], segment_ids: [0, 0], label_id: 0 };
const rowWith = (changes: object) => bytes(`${JSON.stringify(row)}\n${JSON.stringify({ ...row, ...changes })}\n`);

/** Malformed contents of a features file. */
export const malformedFeatures: readonly Malformed<Uint8Array>[] = [
  ["an empty file", "input/no-rows", new Uint8Array(0)],
  ["Parquet", "input/parquet", bytes("PAR1\x15\x04\x15PAR1")],
  ["a line that is not JSON", "input/invalid-json", bytes("{'a': 1}\n")],
  ["a line that is a number", "input/invalid-json", bytes("7\n")],
  ["a line of 100,000 nested lists", "input/invalid-json", bytes("[".repeat(1e5))],
  ["a line of a million lists", "input/line-too-long", bytes(`[${"[],".repeat(1e6)}[]]`)],
  ["no ids", "input/missing-key", rowWith({ input_ids: undefined })],
  ["ids that are a string", "input/invalid-value", rowWith({ input_ids: "2 3" })],
  ["an id beyond the vocabulary", "input/invalid-value", rowWith({ input_ids: [2, 1e9] })],
  ["an id that is a fraction", "input/invalid-value", rowWith({ input_ids: [2, 0.5] })],
  ["a mask of zeros", "input/invalid-value", rowWith({ input_mask: [0, 0] })],
  ["a mask of another length", "input/length-mismatch", rowWith({ input_mask: [1] })],
  [
    "more tokens than the maximum length",
    "input/too-long",
    rowWith({ input_ids: Array(9).fill(2), input_mask: Array(9).fill(1), segment_ids: Array(9).fill(0) }),
  ],
  ["a label id beyond the last label", "input/invalid-value", rowWith({ label_id: 3 })],
  ["invalid UTF-8", "input/invalid-utf8", Uint8Array.of(0x7b, 0xc0, 0x80, 0x7d)],
];
