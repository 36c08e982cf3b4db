// Compares the time from the start of a script to the first encoded text: importing the package, creating a tokenizer from a
// file of 21,128 tokens, and encoding one sentence, in new processes that alternate:
//   node scripts/experiments/cold-start.js [ROUNDS]     (default: 15)
// It uses the built package: run `node scripts/build.js` first.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { median } from "../../bench/statistics.js";

const self = fileURLToPath(import.meta.url);
const SENTENCE = "今天天气很好，我们去公园散步。Hello world!";

/** Ways to get from nothing to the ids of a sentence. Each returns the ids and the times of its steps in milliseconds. */
const contestants = {
  async "@bertie/tokenizer-wasm"(folder) {
    const { BertTokenizer, init } = await import("../../packages/tokenizer-wasm/dist/index.js");
    const imported = performance.now();
    await init();
    const loaded = performance.now();
    const tokenizer = await BertTokenizer.fromVocab(readFileSync(join(folder, "vocab.txt")));
    const created = performance.now();
    const { ids } = tokenizer.encode(SENTENCE);
    return { ids, import: imported, load: loaded, create: created, encode: performance.now() };
  },
  async "@huggingface/tokenizers"(folder) {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const imported = performance.now();
    const tokenizer = new Tokenizer(JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")), {});
    const created = performance.now();
    const { ids } = tokenizer.encode(SENTENCE);
    return { ids, import: imported, load: imported, create: created, encode: performance.now() };
  },
};

const STEPS = ["import", "load", "create", "encode"];
const COLUMNS = [...STEPS, "total", "CPU time"];

if (process.argv[2] in contestants) await runOnce(process.argv[2], process.argv[3]);
else compare(Number(process.argv[2] ?? 15));

/** Returns the CPU time of the main thread in milliseconds, which other programs affect less; NaN where it is not known. */
function cpuTime() {
  if (process.platform !== "linux") return Number.NaN;
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

async function runOnce(name, folder) {
  const startCpu = cpuTime();
  const start = performance.now();
  const { ids, ...ends } = await contestants[name](folder);
  const times = STEPS.map((step, i) => ends[step] - (i === 0 ? start : ends[STEPS[i - 1]]));
  console.log(JSON.stringify({ ids, times: [...times, ends.encode - start, cpuTime() - startCpu] }));
}

function compare(rounds) {
  const folder = mkdtempSync(join(tmpdir(), "bertie-cold-start-"));
  for (const [file, fixture] of [
    ["vocab.txt", "vocab-zh.txt.gz"],
    ["tokenizer.json", "tokenizer-zh.json.gz"],
  ]) {
    const packed = readFileSync(new URL(`../../packages/tokenizer-wasm/fixtures/${fixture}`, import.meta.url));
    writeFileSync(join(folder, file), gunzipSync(packed));
  }
  const names = Object.keys(contestants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const results = names.map((name) =>
      JSON.parse(execFileSync(process.execPath, [self, name, folder], { encoding: "utf8" })),
    );
    if (new Set(results.map(({ ids }) => ids.join())).size > 1) throw new Error("the ids differ");
    results.forEach(({ times }, i) => {
      samples[names[i]].push(times);
    });
  }
  rmSync(folder, { recursive: true });
  const rows = names.map((name) => COLUMNS.map((_, i) => median(samples[name].map((times) => times[i]))));
  console.log(`| ms, medians of ${rounds} processes | ${COLUMNS.join(" | ")} |`);
  console.log(`| --- |${" ---: |".repeat(COLUMNS.length)}`);
  names.forEach((name, i) => {
    console.log(`| \`${name}\` | ${rows[i].map((time) => time.toFixed(1)).join(" | ")} |`);
  });
  const ratio = (column) => median(samples[names[0]].map((times, i) => times[column] / samples[names[1]][i][column]));
  console.log(`\nmedian ratio of pairs: total ${ratio(4).toFixed(2)}, CPU time ${ratio(5).toFixed(2)}`);
}
