// Measures the time to load the module and to create a tokenizer in new processes, and the size of the module.
//
//   node bench/tokenizer/start-up.js VOCAB     prints the times of one process in milliseconds, as JSON
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { median } from "../statistics.js";

const self = fileURLToPath(import.meta.url);
/** Number of processes, and number of tokenizers per process after the first tokenizer. */
const SAMPLES = 15;

if (process.argv[1] === self) console.log(JSON.stringify(await start(readFileSync(process.argv[2]))));

async function start(vocab) {
  const { BertTokenizer, init } = await import("@bertie/tokenizer-wasm");
  const time = async (work) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const loading = await time(() => init());
  const first = await time(() => BertTokenizer.fromVocab(vocab));
  const later = [];
  for (let i = 0; i < SAMPLES; i++) later.push(await time(() => BertTokenizer.fromVocab(vocab)));
  return { init: loading, first, later: median(later) };
}

/** Returns the median times over new processes for each vocabulary, and the size of the module in bytes. */
export function startUp(vocabularies) {
  const module = readFileSync(new URL("../../packages/tokenizer-wasm/wasm/tokenizer.wasm", import.meta.url));
  const figures = vocabularies.map((path) => {
    const samples = Array.from({ length: SAMPLES }, () =>
      JSON.parse(execFileSync(process.execPath, [self, path], { encoding: "utf8" })),
    );
    const of = (key) => median(samples.map((sample) => sample[key]));
    const tokens = readFileSync(path, "utf8").trimEnd().split("\n").length;
    return { tokens, init: of("init"), first: of("first"), later: of("later") };
  });
  return { bytes: module.length, gzipped: gzipSync(module, { level: 9 }).length, figures };
}
