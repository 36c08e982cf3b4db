// Compares the built tokenizer with the files and encodings that scripts/reference/tokenizer-json.py writes, read from stdin.
//
//   python3 scripts/reference/tokenizer-json.py | node scripts/check/tokenizer-json.js
import { createInterface } from "node:readline";
import { BertTokenizer } from "../../packages/tokenizer-wasm/dist/index.js";

const MAX_SHOWN = 3;
let [files, records, different] = [0, 0, 0];

for await (const line of createInterface({ input: process.stdin })) {
  const { name, file, rejected, records: expected } = JSON.parse(line);
  if (name === undefined) {
    console.log(line);
    continue;
  }
  files++;
  const tokenizer = await load(name, file, rejected);
  if (tokenizer === undefined) continue;
  let shown = 0;
  for (const record of expected) {
    records++;
    const problems = differences(tokenizer, record);
    if (problems.length === 0) continue;
    different++;
    if (shown++ < MAX_SHOWN) console.log(`${name}: ${problems.join("\n  ")}`);
  }
  if (shown > 0) console.log(`${name}: ${shown} of ${expected.length} records differ`);
}
console.log(`${files} files, ${records} records, ${different} different`);
process.exitCode = different === 0 && records > 0 ? 0 : 1;

/** Loads a file. Returns undefined, and counts a difference unless the file must be rejected, if it is rejected. */
async function load(name, file, isRejected) {
  try {
    // Added tokens are found everywhere, as in Hugging Face's tokenizers.
    const tokenizer = await BertTokenizer.fromTokenizerJson(JSON.stringify(file), { specialTokens: "everywhere" });
    if (!isRejected) return tokenizer;
    console.log(`${name}: accepted, but must be rejected`);
  } catch (error) {
    if (isRejected && error.code === "tokenizer/unsupported") {
      console.log(`${name}: rejected. ${error.message}`);
      return undefined;
    }
    console.log(`${name}: rejected, but must be accepted. ${error.stack}`);
  }
  different++;
  return undefined;
}

function differences(tokenizer, { texts, special, ids, offsets, types, words, mask, decode, decoded }) {
  const [text, pair] = texts;
  const options = { pair, addSpecialTokens: special, truncation: false, padding: false };
  const encoding = tokenizer.encode(text, options);
  const batch = tokenizer.encodeBatch([pair === undefined ? text : texts], {
    addSpecialTokens: special,
    truncation: false,
    padding: false,
    offsets: true,
  });
  // NFC changes offsets, which a warning says.
  const hasOffsets = tokenizer.warnings.every((warning) => !warning.includes("NFC"));
  const pairs = [
    ["ids", encoding.ids, ids],
    ["offsets", hasOffsets ? encoding.offsets.flat() : offsets, offsets],
    ["type ids", encoding.typeIds, types],
    ["word ids", encoding.wordIds, words],
    ["special tokens", encoding.specialTokensMask, mask],
    ["ids of a batch", [...batch.ids], ids],
    ["type ids of a batch", [...batch.typeIds], types],
    ["offsets of a batch", hasOffsets ? [...batch.offsets] : offsets, offsets],
    ["decoded", [tokenizer.decode(decode, { cleanUp: "tokenizers" })], [decoded[0]]],
    [
      "decoded without special tokens",
      [tokenizer.decode(decode, { cleanUp: "tokenizers", skipSpecialTokens: true })],
      [decoded[1]],
    ],
  ];
  return pairs.flatMap(([what, actual, expected]) => {
    const index = actual.findIndex((value, i) => JSON.stringify(value) !== JSON.stringify(expected[i]));
    if (index < 0 && actual.length === expected.length) return [];
    const show = (list) => JSON.stringify(list.slice(Math.max(0, index - 4), index + 6));
    const at = what.includes("offsets") ? index >> 1 : index;
    const [start, end] = encoding.offsets[at] ?? [0, 0];
    const source = JSON.stringify(texts.map((given) => given.slice(Math.max(0, start - 8), end + 8)));
    return [`${what} at ${index}: ${show(actual)}\n    expected ${show(expected)}, near ${source}`];
  });
}
