import { BertTokenizer } from "@bertie/tokenizer-wasm";

const folder = "packages/tokenizer-wasm/fixtures/";

/** Tokenizes the golden records of the reference implementation, and throws for the first one that differs. */
export async function goldenTokens(read) {
  const text = async (file) => unpack(await read(folder + file));
  const records = (await text("golden.jsonl.gz"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const tokenizers = new Map();
  for (const { vocab, lower, text: input, ids } of records) {
    const key = `${vocab}-${lower}`;
    if (!tokenizers.has(key))
      tokenizers.set(key, await BertTokenizer.fromVocab(await text(`vocab-${vocab}.txt.gz`), { lowercase: lower }));
    const actual = tokenizers.get(key).encode(input, { addSpecialTokens: false }).ids;
    if (actual.join() !== ids.join()) throw new Error(`${JSON.stringify(input)} (${key}): ${actual}, expected ${ids}`);
  }
}

function unpack(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}
