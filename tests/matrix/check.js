// The program that every cell of the matrix runs. It is copied next to golden.js, and to a CommonJS file for Jest.

/**
 * Tokenizes the golden records, and throws for the first one whose ids differ from the reference.
 *
 * @param module the package @bertie/tokenizer-wasm
 * @param golden `{ vocabularies, records }` of golden.js
 * @returns a line with the number of records and a hash of all ids and offsets, which is the same in every runtime
 */
export async function check({ BertTokenizer }, { vocabularies, records }) {
  const tokenizers = new Map();
  let hash = 0x811c9dc5;
  for (const { vocab, lower, text, ids } of records) {
    const key = `${vocab}-${lower}`;
    if (!tokenizers.has(key))
      tokenizers.set(key, await BertTokenizer.fromVocab(vocabularies[vocab], { lowercase: lower }));
    const encoding = tokenizers.get(key).encode(text, { addSpecialTokens: false });
    if (encoding.ids.join() !== ids.join())
      throw new Error(`${JSON.stringify(text)} (${key}): ${encoding.ids.join()}, expected ${ids.join()}`);
    const line = JSON.stringify([[...encoding.ids], encoding.offsets]);
    for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
  }
  const code = await BertTokenizer.fromVocab("").then(
    () => "no error",
    (error) => `${error.name} ${error.code}`,
  );
  return `${records.length} records, hash ${(hash >>> 0).toString(16)}, ${code}`;
}
