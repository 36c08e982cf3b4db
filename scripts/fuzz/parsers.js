const dist = (path) => import(new URL(`../../packages/${path}`, import.meta.url).href);
const JSON_WORDS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "true",
  "-1",
  "1e999",
  "9007199254740993",
  "\\u0000",
  "{}",
];
const decoder = new TextDecoder();

/** @typedef {{ parse: (input: Uint8Array) => unknown, words: string[], repair?: (input: Uint8Array) => Uint8Array, largest?: number }} Parser */

/**
 * The parsers of untrusted files. `parse` returns a short summary of the result. `repair` corrects the lengths in a mutated
 * file, so that the code after the length check is reached.
 *
 * @type {Record<string, () => Promise<Parser>>}
 */
export const parsers = {
  async safetensors() {
    const { readSafetensors } = await dist("model/dist/index.js");
    const words = [
      ...JSON_WORDS,
      '"dtype":"F16"',
      '"shape":[2]',
      '"data_offsets":[0,4]',
      '"__metadata__":{}',
      "U64",
      "BOOL",
    ];
    return { parse: (input) => readAll(readSafetensors(input, "w.safetensors")), words, repair: withHeaderLength };
  },
  async pytorch() {
    const { readWeights } = await dist("model/dist/index.js");
    const words = [
      "\x85",
      "\x86",
      "R",
      "Q",
      "h\x00",
      "q\x00",
      "t",
      "(",
      "}",
      "]",
      ")",
      ".",
      "u",
      "s",
      "\x94",
      "PK\x01\x02",
    ];
    return { parse: (input) => readAll(readWeights(input, "w.bin")), words };
  },
  async config() {
    const { bertConfigFromJson } = await dist("model/dist/index.js");
    const words = [...JSON_WORDS, '"hidden_size":1e9', '"id2label":{"0":"a"}', '"num_labels":3', '"hidden_act":"relu"'];
    return { parse: (input) => Object.keys(bertConfigFromJson(decoder.decode(input), "config.json")).length, words };
  },
  async "tokenizer-json"() {
    const { readTokenizerJson } = await dist("tokenizer-wasm/dist/tokenizer-json.js");
    const words = [...JSON_WORDS, '"type"', '"WordPiece"', '"vocab":{"a":0}', '"added_tokens":[]', '"id":16777215'];
    return { parse: (input) => readTokenizerJson(decoder.decode(input)).addedTokens.length, words };
  },
  async vocab() {
    const { BertTokenizer } = await dist("tokenizer-wasm/dist/index.js");
    // BertTokenizer.fromVocab() is asynchronous only because it loads the module; after that, the core is synchronous.
    const any = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]");
    const { createCore, load } = await dist("tokenizer-wasm/dist/wasm.js");
    const runtime = await load();
    const parse = (input) => {
      const core = createCore(runtime, { text: input, verbatim: false }, 31, any.options.maxInputCharsPerWord, []);
      const size = core.size();
      core.free();
      return Math.min(size, 9);
    };
    return { parse, words: ["\n", "\r\n", "##", "[UNK]", "[SEP]", "\u00ef\u00bb\u00bf", "\u0000", "a"] };
  },
  async encode() {
    const { BertTokenizer } = await dist("tokenizer-wasm/dist/index.js");
    const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\nab\n中\n!\n##a");
    const parse = (input) => {
      const lines = tokenizer.encodeLines(input, {
        maxLength: 2 + (input[0] ?? 0),
        offsets: (input[1] ?? 0) % 2 === 0,
      });
      if (lines.ids.some((id) => id < 0 || id >= tokenizer.vocabSize))
        throw new Error("an id is outside of the vocabulary");
      return Math.min(lines.invalidLines.length, 1);
    };
    return {
      parse,
      words: ["\n", "[SEP]", "ab", "\u00e4\u00b8\u00ad", "\u00f0\u009f\u0098\u0080", "\u00ed\u00a0\u0080"],
    };
  },
  async tsv() {
    const { getProcessor, readExamples, taskNames } = await dist("data/dist/index.js");
    const processors = taskNames.map(getProcessor);
    const parse = (input) => {
      const options = { onBadRow: (input[1] ?? 0) % 2 === 0 ? "skip" : "fail" };
      const set = ["train", "dev", "test"][input.length % 3];
      const { examples } = readExamples(processors[(input[0] ?? 0) % 4], set, input, "d.tsv", options);
      return Math.min(examples.length, 3);
    };
    return {
      parse,
      words: ["\t", "\n", "\r\n", "\r", '"', "index", "gold_label", "\u0000", "\u00ef\u00bb\u00bf", "\u00ff"],
    };
  },
  async features() {
    const { readFeatures } = await dist("data/dist/index.js");
    const limits = { vocabSize: 100, typeVocabSize: 2, numLabels: 3, maxSeqLength: 8 };
    const words = [...JSON_WORDS, "\n", '"input_ids":[1]', '"input_mask":[1]', '"segment_ids":[0]', '"label_id":2'];
    const parse = (input) => Math.min(readFeatures(input, "f.jsonl", limits).features.length, 3);
    return { parse, words };
  },
  async records() {
    const { createTextReader } = await dist("data/dist/records/index.js");
    const columns = { text: { name: "text", index: 0 }, pair: { name: "pair", index: 1 } };
    const formats = ["lines", "tsv", "csv", "jsonl"];
    const onInvalid = ["replace", "skip", "fail"];
    const readers = await Promise.all(
      formats.map((format) => Promise.all(onInvalid.map((action) => createTextReader(format, action)))),
    );
    const parse = (input) => {
      const format = (input[0] ?? 0) % 4;
      const { items } = readers[format][input.length % 3](input, columns);
      return `${formats[format]} ${Math.min(items.length, 3)}`;
    };
    return { parse, words: ["\n", "\r\n", '"', '""', ",", "\t", '{"text":"a","pair":"b"}', "\u00ff", "\u0000"] };
  },
};

/** Converts every tensor to float32, and returns the number of tensors, up to 5. */
function readAll(tensors) {
  let count = 0;
  for (const tensor of tensors.values()) {
    const { length } = tensor.toFloat32();
    if (length !== tensor.shape.reduce((product, size) => product * size, 1))
      throw new Error("the number of values does not match the shape");
    count++;
  }
  return Math.min(count, 5);
}

/** Sets the header length so that the header ends with the last closing brace before the first byte that is not ASCII text. */
function withHeaderLength(input) {
  if (input.length < 10) return input;
  const copy = input.slice();
  let end = 8;
  while (end < copy.length && copy[end] >= 0x20 && copy[end] < 0x7f) end++;
  while (end > 8 && copy[end - 1] !== 0x7d) end--;
  new DataView(copy.buffer).setBigUint64(0, BigInt(end - 8), true);
  return copy;
}
