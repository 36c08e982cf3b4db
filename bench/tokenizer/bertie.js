// Bertie as a contestant, in any JavaScript: on UTF-8, on UTF-8 with offsets, and on strings.
import { BertTokenizer } from "@bertie/tokenizer-wasm";

const LINES = 1024;
const bare = { addSpecialTokens: false };
const load = ({ vocab }) => BertTokenizer.fromVocab(vocab, { lowercase: true });

function onBytes(options) {
  return {
    load,
    takes: "bytes",
    encode: (tokenizer, bytes) => tokenizer.encodeLines(bytes, options),
    *rows({ ids, rowOffsets }) {
      for (let row = 1; row < rowOffsets.length; row++) yield ids.subarray(rowOffsets[row - 1], rowOffsets[row]);
    },
  };
}

export const lines = onBytes(bare);
export const offsets = onBytes({ ...bare, offsets: true });

/** Strings, 1,024 at a time, as batches padded to their longest row. */
export const batch = {
  load,
  takes: "strings",
  encode(tokenizer, texts) {
    const batches = [];
    for (let at = 0; at < texts.length; at += LINES) {
      batches.push(tokenizer.encodeBatch(texts.slice(at, at + LINES), bare));
    }
    return batches;
  },
  *rows(batches) {
    for (const { ids, size, length, lengths } of batches) {
      for (let row = 0; row < size; row++) yield ids.subarray(row * length, row * length + lengths[row]);
    }
  },
};
