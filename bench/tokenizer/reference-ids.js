// Provides the reference's ids of a corpus, which are computed with Bertie for speed and verified by their hash.
import { readFileSync } from "node:fs";
import { lines } from "./bertie.js";
import { flatten, sha256 } from "./passes.js";

const known = JSON.parse(
  readFileSync(new URL("../../packages/tokenizer-wasm/fixtures/corpora.json", import.meta.url), "utf8"),
);

/** Returns a corpus with functions that return the reference's rows of ids, and the hash of the ids of its first bytes. */
export async function withReferenceIds(corpus, { vocab }) {
  const tokenizer = await lines.load({ vocab: readFileSync(vocab) });
  const encode = (bytes) => lines.encode(tokenizer, bytes);
  const hashOf = async (size) => sha256(flatten(lines, encode(corpus.bytes.subarray(0, size))).ids);
  const corpusSha256 = await sha256(corpus.bytes);
  const expected = known.find(
    (entry) => entry.corpusSha256 === corpusSha256 && entry.vocab === corpus.language && entry.lower,
  );
  if (expected === undefined)
    throw new Error(
      `${corpus.path}: fixtures/corpora.json has no reference hash for this corpus. Use the original corpora.`,
    );
  if ((await hashOf(corpus.bytes.length)) !== expected.sha256) {
    throw new Error(`${corpus.path}: the ids from Bertie differ from the reference ids`);
  }
  return { ...corpus, hashOf, referenceRows: () => Array.from(lines.rows(encode(corpus.bytes))) };
}
