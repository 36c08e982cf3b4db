// Reads a malformed file of 40 MB, and prints by how much the peak memory of the process grew.
//
//   node tests/untrusted/memory.js         lists the names of the files
//   node tests/untrusted/memory.js NAME    reads one file
import process from "node:process";

const dist = (path) => import(new URL(`../../packages/${path}/dist/index.js`, import.meta.url).href);
const SIZE = 40_000_000;
const { bertConfigFromJson, readWeights } = await dist("model");
const { getProcessor, readExamples, readFeatures } = await dist("data");
const { BertTokenizer } = await dist("tokenizer-wasm");
await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]"); // loads the WebAssembly module before the measurement

/** Returns `SIZE` bytes: a start, a repeated part, and an end. */
function filled(start, part, end = "") {
  const bytes = new Uint8Array(SIZE);
  const encoder = new TextEncoder();
  const [first, repeated, last] = [start, part, end].map((text) =>
    typeof text === "string" ? encoder.encode(text) : text,
  );
  bytes.set(first);
  let at = first.length;
  for (; at + repeated.length + last.length <= SIZE; at += repeated.length) bytes.set(repeated, at);
  bytes.fill(0x20, at);
  bytes.set(last, SIZE - last.length);
  return bytes;
}

function safetensors(start, part, end) {
  const bytes = filled(`\0\0\0\0\0\0\0\0${start}`, part, end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(SIZE - 8), true);
  return bytes;
}

const weights = (bytes) => {
  for (const tensor of readWeights(bytes, "w.safetensors").values()) tensor.toFloat32();
};
const table = (bytes) => readExamples(getProcessor("news"), "train", bytes);
const features = (bytes) => readFeatures(bytes, "f.jsonl");
const decode = (bytes) => Buffer.from(bytes.buffer).toString("latin1");
const legacy = Uint8Array.of(0x80, 2);

const files = {
  "a header of empty objects": [() => safetensors('{"a":[', "{},", "{}]}"), weights],
  "a header of numbers": [() => safetensors('{"a":{"shape":[', "0,", "0]}}"), weights],
  "a header of brackets": [() => safetensors('{"a":', "[", "}"), weights],
  "metadata with one long text": [() => safetensors('{"__metadata__":{"a":"中', "x", '"},"b":1}'), weights],
  "metadata with repeated keys": [() => safetensors('{"__metadata__":{"a":"b"', ',"a":"b"', "}}"), weights],
  "one long name": [() => safetensors('{"', "x", '":1}'), weights],
  "a pickle of dicts": [() => filled(legacy, "}"), weights],
  "a pickle of nested lists": [() => filled(legacy, "]"), weights],
  "a pickle of strings": [() => filled(legacy, Uint8Array.of(0x8c, 2, 0x61, 0x62, 0x94)), weights],
  "a pickle of marks": [() => filled(legacy, "("), weights],
  "a pickle with one long name": [() => filled(Uint8Array.of(...legacy, 0x63), "x"), weights],
  "an archive of end records": [() => filled("PK\x03\x04", "PK\x05\x06"), weights],
  "a configuration of lists": [
    () => decode(filled('{"a":[', "[],", "[]]}")),
    (text) => bertConfigFromJson(text, "c.json"),
  ],
  "a configuration of labels": [
    () => decode(filled('{"id2label":{"0":[]', ',"0":[]', "}}")),
    (text) => bertConfigFromJson(text, "c.json"),
  ],
  "a tokenizer.json of lists": [
    () => decode(filled("[", "[],", "[]]")),
    (text) => BertTokenizer.fromTokenizerJson(text),
  ],
  "a vocabulary of line ends": [() => filled("", "\n"), (bytes) => BertTokenizer.fromVocab(bytes)],
  "a vocabulary of one line": [() => filled("", "x"), (bytes) => BertTokenizer.fromVocab(bytes)],
  "a table of tabs": [() => filled("", "\t", "x"), table],
  "a table of short rows": [() => filled("a\n", "a\n"), table],
  "a table of one text": [() => filled("", "x"), table],
  "features of lists": [() => filled("[", "[],", "[]]"), features],
};

const [name] = process.argv.slice(2);
if (name === undefined) console.log(JSON.stringify(Object.keys(files)));
else {
  const [make, read] = files[name];
  const file = make();
  const peak = () => process.resourceUsage().maxRSS * 1024;
  const before = peak();
  const start = performance.now();
  const code = await Promise.resolve(file)
    .then(read)
    .then(
      () => "none",
      (error) => error.code ?? error.stack,
    );
  console.log(JSON.stringify({ code, size: SIZE, grown: peak() - before, ms: Math.round(performance.now() - start) }));
}
