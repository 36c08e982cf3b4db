import { BertTokenizer } from "@bertie/tokenizer-wasm";

const folder = "packages/tokenizer-wasm/fixtures/";

/** Tokenizes the committed golden records; throws with the first one that differs. */
export async function goldenTokens(read) {
  const text = async (file) => new TextDecoder().decode(await read(folder + file));
  const records = (await text("golden.jsonl"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const tokenizers = new Map();
  for (const { vocab, lower, text: input, ids } of records) {
    const key = `${vocab}-${lower}`;
    if (!tokenizers.has(key))
      tokenizers.set(key, await BertTokenizer.fromVocab(await text(`vocab-${vocab}.txt`), { lowercase: lower }));
    const actual = tokenizers.get(key).encode(input, { addSpecialTokens: false }).ids;
    if (actual.join() !== ids.join()) throw new Error(`${JSON.stringify(input)} (${key}): ${actual} instead of ${ids}`);
  }
}
