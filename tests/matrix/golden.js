import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const fixtures = new URL("../../packages/tokenizer-wasm/fixtures/", import.meta.url);
const unpack = (name) => gunzipSync(readFileSync(new URL(name, fixtures))).toString("utf8");

export const RECORDS = 2000;

/** Returns 2,000 golden records of the reference implementation, evenly spaced, and the vocabularies. */
export function golden() {
  const all = unpack("golden.jsonl.gz")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const records = Array.from({ length: RECORDS }, (_, i) => all[Math.floor((i * all.length) / RECORDS)]);
  const vocabularies = Object.fromEntries(["zh", "en"].map((name) => [name, unpack(`vocab-${name}.txt.gz`)]));
  return { vocabularies, records: records.map(({ vocab, lower, text, ids }) => ({ vocab, lower, text, ids })) };
}
