// How long the module takes to start, and a vocabulary to become a tokenizer, in fresh processes; and the module's size.
//   node bench/tokenizer/start-up.js VOCAB     one process's figures, in milliseconds, as JSON
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { median } from "../statistics.js";

const self = fileURLToPath(import.meta.url);
const FRESH = 15;

if (process.argv[1] === self) console.log(JSON.stringify(await start(readFileSync(process.argv[2]))));

async function start(vocab) {
  const { BertTokenizer, init } = await import("@bertie/tokenizer-wasm");
  const time = async (work) => {
    const before = performance.now();
    await work();
    return performance.now() - before;
  };
  const moduleReady = await time(() => init());
  const first = await time(() => BertTokenizer.fromVocab(vocab));
  const later = [];
  for (let i = 0; i < FRESH; i++) later.push(await time(() => BertTokenizer.fromVocab(vocab)));
  return { init: moduleReady, first, later: median(later) };
}

/** Medians of 15 processes for each vocabulary, and the module's size. */
export function startUp(vocabularies) {
  const module = readFileSync(new URL("../../packages/tokenizer-wasm/wasm/tokenizer.wasm", import.meta.url));
  const figures = vocabularies.map((path) => {
    const samples = Array.from({ length: FRESH }, () =>
      JSON.parse(execFileSync(process.execPath, [self, path], { encoding: "utf8" })),
    );
    const of = (key) => median(samples.map((sample) => sample[key]));
    const tokens = readFileSync(path, "utf8").trimEnd().split("\n").length;
    return { tokens, init: of("init"), first: of("first"), later: of("later") };
  });
  return { bytes: module.length, gzipped: gzipSync(module, { level: 9 }).length, figures };
}
