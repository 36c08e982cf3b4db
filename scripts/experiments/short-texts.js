// Compares the time that encode() and encodeBatch() take for short texts with an older build of the repository:
//   node scripts/experiments/short-texts.js OTHER [CASE]    OTHER: root of another checkout, in which the packages are built
// Each case runs in its own process, in which the two builds take turns. A ratio below 1 means that this build is faster.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [other, only, child] = process.argv.slice(2);
const root = fileURLToPath(new URL("../..", import.meta.url));
const ROUND_MS = 2;
const ROUNDS = 151;

const english = [
  "Hello, world!",
  "fine",
  "The quick brown fox jumps over the lazy dog.",
  "Unbelievably bad service, never again",
  "I would like to return my order, please help",
  "good value for money",
  "A 12-inch screen costs $300",
];
const chinese = [
  "服务很好！",
  "这家酒店的位置非常方便，离地铁站只有五分钟。",
  "不错",
  "屏幕有坏点，客服态度差，不会再买了",
  "物流很快，包装完好，推荐购买，价格也比实体店便宜很多，给家里老人买的",
  "iPhone 12 的电池不行",
  "今天天气真好",
];
const languages = { en: english, zh: chinese };
const calls = {
  plain: (tokenizer, text) => tokenizer.encode(text).ids.length,
  tokens: (tokenizer, text) => tokenizer.encode(text).tokens.length,
  ids: (tokenizer, text) => tokenizer.encode(text, { offsets: false }).ids.length,
  "ids, tokens": (tokenizer, text) => tokenizer.encode(text, { offsets: false }).tokens.length,
  maxLength: (tokenizer, text) => tokenizer.encode(text, { maxLength: 128 }).ids.length,
  "ids, maxLength": (tokenizer, text) => tokenizer.encode(text, { maxLength: 128, offsets: false }).ids.length,
  truncated: (tokenizer, text) => tokenizer.encode(text, { maxLength: 6, offsets: false }).ids.length,
  padded: (tokenizer, text) => tokenizer.encode(text, { maxLength: 64, padding: "maxLength" }).ids.length,
  pair: (tokenizer, text, next) => tokenizer.encode(text, { pair: next }).ids.length,
  "pair, maxLength, ids": (tokenizer, text, next) =>
    tokenizer.encode(text, { pair: next, maxLength: 32, offsets: false }).ids.length,
  bare: (tokenizer, text) => tokenizer.encode(text, { addSpecialTokens: false }).ids.length,
  "all lists": (tokenizer, text) => {
    const { ids, typeIds, attentionMask, specialTokensMask, tokens, offsets, wordIds, overflowing } =
      tokenizer.encode(text);
    const lists = [ids, typeIds, attentionMask, specialTokensMask, tokens, offsets, wordIds, overflowing];
    return lists.reduce((sum, list) => sum + list.length, 0);
  },
  tokenize: (tokenizer, text) => tokenizer.tokenize(text).length,
  "batch of 1": (tokenizer, text) => tokenizer.encodeBatch([text]).ids.length,
  "batch of 2, maxLength": (tokenizer, text, next) => tokenizer.encodeBatch([text, next], { maxLength: 64 }).ids.length,
  "batch of 1 pair": (tokenizer, text, next) => tokenizer.encodeBatch([[text, next]]).ids.length,
  "batch of 4, offsets": (tokenizer, text, next) =>
    tokenizer.encodeBatch([text, next, text, next], { offsets: true, padding: false }).ids.length,
  "batch of 8, typeIds": (tokenizer, text, next) => {
    const batch = tokenizer.encodeBatch([text, next, text, next, text, next, text, next], { maxLength: 128 });
    return batch.ids.length + batch.typeIds.length + batch.attentionMask.length;
  },
};
const cases = Object.keys(languages).flatMap((language) => Object.keys(calls).map((call) => `${language}: ${call}`));

/** Returns the time that a tenth of the rounds did not exceed, because other programs disturb the others. */
function timeOf(rounds) {
  return rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 10)];
}

/** Measures one case, and prints it. */
async function measure(name) {
  const [language, call] = name.split(": ");
  const file = `packages/tokenizer-wasm/fixtures/vocab-${language}.txt.gz`;
  const vocabulary = gunzipSync(readFileSync(resolve(root, file)));
  const texts = languages[language];
  const builds = [];
  for (const build of [other, root]) {
    const url = pathToFileURL(resolve(build, "packages/tokenizer-wasm/dist/index.js"));
    const { BertTokenizer } = await import(url);
    const tokenizer = await BertTokenizer.fromVocab(vocabulary);
    // A separate function per build, so that the two do not share type feedback.
    const once = new Function("tokenizer", "texts", `return (${calls[call]})`)();
    let tokens = 0;
    const run = (milliseconds) => {
      const start = performance.now();
      let count = 0;
      let time = 0;
      do {
        for (let i = 0; i < 200; i++) tokens += once(tokenizer, texts[i % 7], texts[(i + 3) % 7]);
        count += 200;
        time = performance.now() - start;
      } while (time < milliseconds);
      return (1000 * time) / count;
    };
    builds.push({ run, times: [], tokens: () => tokens });
  }
  for (const { run } of builds) run(150);
  for (let round = 0; round < ROUNDS; round++) for (const { run, times } of builds) times.push(run(ROUND_MS));
  const [before, after] = builds.map(({ times }) => timeOf(times));
  const [old, time] = [before, after].map((time) => time.toFixed(2).padStart(6));
  console.log(`${name.padEnd(28)} ${old} µs ${time} µs  ${(after / before).toFixed(2)}x`);
}

if (child) await measure(only);
else {
  console.log(`${"case".padEnd(28)}    other      this`);
  for (const name of cases.filter((name) => !only || name.includes(only)))
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), other, name, "child"], { stdio: "inherit" });
}
