// Compares the built tokenizer with the records that scripts/reference/tokenizer-fuzz.py writes, read from stdin.
//
//   python3 scripts/reference/tokenizer-fuzz.py GOLDEN | node scripts/reference/tokenizer-compare.js GOLDEN
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { BertTokenizer } from "../../packages/tokenizer-wasm/dist/index.js";

const golden = process.argv[2];
const tokenizers = new Map();
for (const vocab of ["zh", "en"]) {
  for (const lowercase of [true, false]) {
    const file = readFileSync(`${golden}/vocab-${vocab}.txt`);
    tokenizers.set(`${vocab} ${lowercase}`, await BertTokenizer.fromVocab(file, { lowercase }));
  }
}

let records = 0;
let different = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const record = JSON.parse(line);
  if (record.text === undefined) continue;
  records++;
  const { ids, tokens, offsets } = tokenizers
    .get(`${record.vocab} ${record.lower}`)
    .encode(record.text, { addSpecialTokens: false });
  const monotone = offsets.every(
    ([start, end], i) => start < end && (i === 0 || (start >= offsets[i - 1][0] && end >= offsets[i - 1][1])),
  );
  if (monotone && String(ids) === String(record.ids) && tokens.join("\n") === record.tokens.join("\n")) continue;
  different++;
  if (different <= 5) console.log(JSON.stringify({ ...record, ids: undefined, actual: tokens, offsets }));
}
console.log(`${records} records, ${different} different`);
process.exitCode = different === 0 && records > 0 ? 0 : 1;
