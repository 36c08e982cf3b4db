// Creates tokenizers in loops that never return to the event loop, and reports the memory:
//   node scripts/experiments/many-tokenizers.js [COUNT]     (default: 50000)
//   deno run --allow-read --allow-env scripts/experiments/many-tokenizers.js [COUNT]
// It uses the built package: run `node scripts/build.js` first.
import { readFileSync } from "node:fs";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { BertTokenizer } from "../../packages/tokenizer-wasm/dist/index.js";

const count = Number(process.argv[2] ?? 50_000);
const file = (name) =>
  gunzipSync(readFileSync(new URL(`../../packages/tokenizer-wasm/fixtures/${name}`, import.meta.url)));
const [chinese, english] = [file("vocab-zh.txt.gz"), file("vocab-en.txt.gz")];
const text = new TextDecoder().decode(chinese);
const ALIVE = 200;

let largest = 0;
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

async function measure(name, tokenizers, create) {
  const start = performance.now();
  for (let i = 0; i < tokenizers; i++) {
    const tokenizer = await create(i);
    const { ids } = tokenizer.encode("中文 a");
    if (ids.length < 3) throw new Error(`tokenizer ${i} returned ${ids}`);
    if (i % 500 === 0) largest = Math.max(largest, process.memoryUsage().rss);
  }
  largest = Math.max(largest, process.memoryUsage().rss);
  const time = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name}: ${tokenizers} tokenizers in ${time} s; largest resident memory so far ${megabytes(largest)}`);
}

await measure("equal, 21,128 tokens", count, () => BertTokenizer.fromVocab(chinese));
await measure("equal, 30,522 tokens", count, () => BertTokenizer.fromVocab(english));
const added = { singleWord: false, lstrip: false, rstrip: false, normalized: false, special: false };
await measure("equal vocabularies, different added tokens", count, (i) =>
  BertTokenizer.fromVocab(chinese, {}, [{ ...added, id: 21_128, content: `<${i}>` }]),
);
await measure("different, 21,129 tokens", count, (i) => BertTokenizer.fromVocab(`${text}token${i}\n`));
const lines = text.split("\n").slice(0, -1);
await measure("different, of 1,000 to 21,000 tokens", count, (i) =>
  BertTokenizer.fromVocab([...lines.slice(0, 1000 + ((i * 7919) % 20_000)), `token${i}`].join("\n")),
);
await measure("different, in bytes, after an invalid one", count / 10, async (i) => {
  await BertTokenizer.fromVocab(`token${i}`).catch(() => {});
  return BertTokenizer.fromVocab(new TextEncoder().encode(`${text}bytes${i}\n`));
});
const vocab = Object.fromEntries(lines.map((token, id) => [token, id]));
await measure("different, from tokenizer.json", count / 50, (i) =>
  BertTokenizer.fromTokenizerJson({
    normalizer: { type: "BertNormalizer", lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: { type: "BertProcessing", cls: ["[CLS]", 101], sep: ["[SEP]", 102] },
    model: { type: "WordPiece", vocab: { ...vocab, [`token${i}`]: lines.length } },
  }),
);

const alive = [];
for (let i = 0; i < ALIVE; i++) alive.push(await BertTokenizer.fromVocab(`${text}alive${i}\n`));
await measure(`${ALIVE} alive, used in turn`, 2 * ALIVE, (i) => alive[i % ALIVE]);
for (const [i, tokenizer] of alive.entries())
  if (tokenizer.tokenToId(`alive${i}`) === undefined) throw new Error(`tokenizer ${i} lost its vocabulary`);
